" Writes the syntax group of every word of $SAMPLE to $OUT, one a line: LINE:COLUMN GROUP TEXT.
let out = []
execute 'edit' $SAMPLE
for l in range(1, line('$'))
  let c = 1
  while c < col([l, '$'])
    let [s, n] = [c, synIDattr(synID(l, c, 0), 'name')]
    while c < col([l, '$']) && synIDattr(synID(l, c, 0), 'name') ==# n
      let c += 1
    endwhile
    let t = trim(strpart(getline(l), s - 1, c - s))
    if t !=# '' && n !=# ''
      call add(out, l . ':' . s . ' ' . n . ' ' . t)
    endif
  endwhile
endfor
call writefile(out, $OUT)
qall!
