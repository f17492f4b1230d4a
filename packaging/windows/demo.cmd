@echo off
rem This machine in the browser: starts pagecastd with the demo configuration and prints the dashboard's address. Ctrl-C stops it.
"%~dp0pagecastd.exe" %* "%~dp0config\demo.yaml"
