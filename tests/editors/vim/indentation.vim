" Takes every indentation away from $FILES, lets Vim make it anew, and writes the files; texts in several lines keep theirs.
for file in split($FILES, "\n")
  execute 'edit!' file
  let kept = map(range(1, line('$')), 'synIDattr(synID(v:val, 1, 0), "name")')
  for l in range(1, line('$'))
    if kept[l - 1] !~# 'TripleString$\|BlockComment$'
      call setline(l, substitute(getline(l), '^ *', '', ''))
    endif
  endfor
  silent normal! gg=G
  write
endfor
call writefile(['done'], $OUT)
qall!
