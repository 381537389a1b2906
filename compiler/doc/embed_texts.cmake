# Writes text files as one C++ file that holds a table of their names and texts, in the order of names:
#   cmake -DOUT=FILE -DFILES=A;B;… -DHEADER=FILE.h -DSPACE=chasi::room -DROW=Struct -DTABLE=function -P embed_texts.cmake
# HEADER declares `struct Row { llvm::StringRef name, text; }` and `llvm::ArrayRef<Row> table()`.
set(rows "")
set(names "")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME_WE)
  list(APPEND names "${name}|${file}")
endforeach()
list(SORT names)
foreach(entry IN LISTS names)
  string(REPLACE "|" ";" pair "${entry}")
  list(GET pair 0 name)
  list(GET pair 1 file)
  file(READ ${file} text)
  string(APPEND rows "    {\"${name}\", R\"chasitext(${text})chasitext\"},\n")
endforeach()
file(WRITE ${OUT} "#include \"${HEADER}\"\n\nnamespace ${SPACE} {\n\nstatic const ${ROW} kRows[] = {\n${rows}};\n\nllvm::ArrayRef<${ROW}> ${TABLE}() { return kRows; }\n\n} // namespace ${SPACE}\n")
