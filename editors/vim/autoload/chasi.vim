" What the file type plugin calls: the program, formatting, explanations.

function! chasi#Program() abort
  return get(g:, 'chasi_program', 'chasic')
endfunction

" The whole buffer as `chasic fmt` writes it; on a mistake in the text nothing is changed and the list of problems is filled.
function! chasi#Format() abort
  if !executable(chasi#Program())
    call s:Say(chasi#Program() . ' is not on PATH; g:chasi_program may name it')
    return
  endif
  let l:before = getline(1, '$')
  let l:errors = tempname()
  let l:command = shellescape(chasi#Program()) . ' fmt --stdout --color never - 2>' . shellescape(l:errors)
  let l:after = systemlist(l:command, l:before)
  let l:failed = v:shell_error
  let l:said = filereadable(l:errors) ? readfile(l:errors) : []
  call delete(l:errors)
  if l:failed
    call s:Problems(l:said)
    return
  endif
  if l:after == l:before
    return
  endif
  let l:view = winsaveview()
  " Only what differs is touched, so that marks and folds of the rest stay.
  let l:same = 0
  while l:same < len(l:before) && l:same < len(l:after) && l:before[l:same] ==# l:after[l:same]
    let l:same += 1
  endwhile
  let l:tail = 0
  while l:tail < min([len(l:before), len(l:after)]) - l:same && l:before[-1 - l:tail] ==# l:after[-1 - l:tail]
    let l:tail += 1
  endwhile
  let l:new = l:after[l:same : len(l:after) - l:tail - 1]
  let l:gone = len(l:before) - l:tail - l:same
  call append(l:same, l:new)
  if l:gone > 0
    call deletebufline('%', l:same + len(l:new) + 1, l:same + len(l:new) + l:gone)
  endif
  call winrestview(l:view)
endfunction

" For 'formatexpr': the layout is one of the whole file, so `gq` of a part formats all of it. While typing Vim's own way holds.
function! chasi#FormatExpression() abort
  if mode() =~# '[iR]'
    return 1
  endif
  call chasi#Format()
  return 0
endfunction

" `chasic explain` of a code: the one given, or that of the problem which the quickfix list has for this line.
function! chasi#Explain(code) abort
  let l:code = a:code
  if l:code ==# ''
    let l:here = filter(getqflist(), 'v:val.bufnr == bufnr("%") && v:val.lnum == line(".")')
    let l:code = empty(l:here) ? '' : matchstr(l:here[0].text, 'CH\d\{4}')
  endif
  if l:code !~# '^CH\d\{4}$'
    call s:Say('no code of an error is known for this line; :make fills the list')
    return
  endif
  let l:lines = systemlist(shellescape(chasi#Program()) . ' explain --color never ' . l:code)
  new
  setlocal buftype=nofile bufhidden=wipe noswapfile nobuflisted
  call setline(1, l:lines)
  execute 'silent file' fnameescape('chasi://explain/' . l:code)
  setlocal nomodifiable
endfunction

function! s:Problems(lines) abort
  let l:number = bufnr('%')
  let l:format = &errorformat
  try
    let &errorformat = chasi#ErrorFormat()
    cgetexpr a:lines
  finally
    let &errorformat = l:format
  endtry
  " What was read from standard input is this buffer.
  let l:list = map(getqflist(), 'extend(v:val, v:val.lnum ? {"bufnr": l:number} : {})')
  call setqflist(l:list, 'r')
  call s:Say('not formatted: ' . (empty(l:list) ? join(a:lines, ' ') : l:list[0].text))
endfunction

" `error[CH4001]: what is wrong`, then ` --> file:line:column`; what else stands there belongs to a person.
function! chasi#ErrorFormat() abort
  return join(['%E%trror[%.%#]: %m', '%W%tarning[%.%#]: %m', '%I%tote[%.%#]: %m', '%Z %#--> %f:%l:%c', '%-G%.%#'], ',')
endfunction

function! s:Say(text) abort
  echohl WarningMsg
  echomsg 'chasi: ' . a:text
  echohl None
endfunction
