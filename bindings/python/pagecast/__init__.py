"""Read pagecast regions from Python.

    import pagecast

    with pagecast.open("fork_server") as region:
        print(region.liveness)              # "live"
        print(region.values())              # {"a": True, "b": 2.5, ...}: one consistent snapshot
        while region.wait(1.0):             # sleeps until a commit, a new writer, or the writer's death
            print(region.snapshot().tick)

Local reading needs libpagecast (found by the system's loader, or at $PAGECAST_LIBRARY), whose loads and fences make
snapshots consistent. numpy is needed for `Region.array()` and `Layout.dtype()` only. Remote regions: `pagecast.viewer`.
"""
from .layout import Field, Layout, LayoutError
from .region import Events, PagecastError, Region, Snapshot, open

__all__ = ["Events", "Field", "Layout", "LayoutError", "PagecastError", "Region", "Snapshot", "open"]
