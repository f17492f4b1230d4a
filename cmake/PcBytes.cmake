# pc_bytes(PATH ARRAY ret_text ret_count): a file as a C array of that name, 24 bytes a line, and how many bytes it has.
function(pc_bytes path array ret_text ret_count)
  file(READ ${path} hex HEX)
  string(LENGTH "${hex}" count)
  math(EXPR count "${count} / 2")
  string(REGEX REPLACE "(................................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
  set(${ret_text} "static const unsigned char ${array}[] = {\n${hex}0};\n" PARENT_SCOPE)
  set(${ret_count} ${count} PARENT_SCOPE)
endfunction()

# Write a made file; nothing that depends on it is built again if it is the same.
function(pc_write_made path text)
  file(WRITE ${path}.new "${text}")
  execute_process(COMMAND ${CMAKE_COMMAND} -E copy_if_different ${path}.new ${path})
endfunction()
