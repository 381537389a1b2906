" Fills the quickfix list with what `chasic check` says of $SAMPLE's folder, formats it, and looks up what the file type sets.
execute 'edit' $SAMPLE
silent make! .
let out = map(getqflist(), 'bufname(v:val.bufnr) . ":" . v:val.lnum . ":" . v:val.col . " " . v:val.type . " " . v:val.text')
call add(out, 'commentstring ' . &commentstring)
call add(out, 'shiftwidth ' . &shiftwidth)
execute 'edit' $UNTIDY
call chasi#Format()
call add(out, 'formatted ' . join(getline(1, '$'), '|'))
call setline(1, 'tenant = = {')
call chasi#Format()
call add(out, 'kept ' . getline(1))
call add(out, 'said ' . getqflist()[0].bufnr . ' ' . bufnr('%') . ' ' . getqflist()[0].lnum)
call setline(1, ['tenant a {', '  // what', '}'])
normal! 2Gox
call add(out, 'comment ' . getline(3))
call writefile(out, $OUT)
qall!
