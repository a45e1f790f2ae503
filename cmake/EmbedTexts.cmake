# cmake -DOUTPUT=FILE "-DTEXTS=a;b" -P EmbedTexts.cmake: writes the texts as C++ string literals with commas between.
set(literals "")
foreach(text ${TEXTS})
  file(READ ${text} content)
  string(APPEND literals "R\"EMBED(${content})EMBED\",\n")
endforeach()
file(WRITE ${OUTPUT} "${literals}")
