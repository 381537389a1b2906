autocmd BufNewFile,BufRead *.chasi setfiletype chasi
