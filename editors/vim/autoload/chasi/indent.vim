" Where a line begins.

" What a reader looks for in code, and in each kind of text until it ends.
let s:tokens = {
      \ '': '"""\|"\|\<r#*"\|//\|/\*\|[][(){}]',
      \ '"': '\\.\|"\|\${', '"""': '\\.\|"""\|\${',
      \ 'r"': '"', 'r#"': '"#', 'r##"': '"##', '/*': '/\*\|\*/',
      \ }
let s:brackets = '^[({[]$'
let s:continues = '^\s*\%(&&\|||\|??\|?\.\|\.\.\@!\|[-+*/%]\s\|[=!<>]=\|<\s\|>\s\||\s\|:\s\|where\>\|->\)'
" Signs that want more have a blank before them; `70%` and `List<Int>` want nothing.
let s:unfinished = '\s\%(&&\|||\|??\|[-+*/%=<>:|]\|->\|=>\)$'

function! chasi#indent#Of(lnum) abort
  let l:around = s:Around(a:lnum)
  if !empty(l:around) && l:around[-1][0] !~# s:brackets
    return -1 " texts and comments keep what they are
  endif
  let l:open = empty(l:around) ? 0 : l:around[-1][1]
  let l:text = getline(a:lnum)
  if l:text =~# '^\s*[])}]'
    return l:open ? indent(l:open) : 0
  endif
  let l:base = l:open ? indent(l:open) + shiftwidth() : 0
  let l:before = s:CodeBefore(a:lnum, l:open)
  let l:goes_on = l:text =~# s:continues || (l:before && s:Code(l:before) =~# s:unfinished)
  return l:base + (l:goes_on || s:RuleOfPolicy(a:lnum, l:open) ? shiftwidth() : 0)
endfunction

" What a policy says of its `for` stands below it without braces.
function! s:RuleOfPolicy(lnum, open) abort
  if !a:open || getline(a:open) !~# '^\s*policy\>'
    return 0
  endif
  let l:at = a:lnum
  while getline(l:at) =~# '^\s*\%(//\|$\)' && l:at < line('$')
    let l:at += 1
  endwhile
  if getline(l:at) =~# '^\s*\%(for\|except\)\>'
    return 0
  endif
  return match(getline(a:open + 1, a:lnum - 1), '^\s*for\>') >= 0
endfunction

" What is open where a line begins, each with its line, the innermost last. Read from the item that the line belongs to: items begin at the
" left, and files are long.
function! s:Around(lnum) abort
  let l:item = a:lnum - 1
  while l:item > 1 && (getline(l:item) !~# '^\h' || s:InText(l:item))
    let l:item -= 1
  endwhile
  let l:open = []
  for l:line in range(max([l:item, 1]), a:lnum - 1)
    call s:Read(l:open, l:line)
  endfor
  return l:open
endfunction

function! s:Read(open, lnum) abort
  let l:text = getline(a:lnum)
  let l:at = 0
  while 1
    let l:in = empty(a:open) || a:open[-1][0] =~# s:brackets ? '' : a:open[-1][0]
    let [l:token, l:begin, l:at] = matchstrpos(l:text, s:tokens[l:in], l:at)
    if l:begin < 0 || (l:in ==# '' && l:token ==# '//')
      break
    elseif l:token ==# '${'
      call add(a:open, ['{', a:lnum])
    elseif l:token[0] ==# '\'
      continue
    elseif l:in ==# '' ? l:token =~# '^[])}]' : l:in ==# '/*' ? l:token ==# '*/' : 1
      if !empty(a:open)
        call remove(a:open, -1)
      endif
    else
      call add(a:open, [l:token, a:lnum])
    endif
  endwhile
  " A text of this kind ends with its line, finished or not.
  if !empty(a:open) && (a:open[-1][0] ==# '"' || a:open[-1][0] ==# 'r"')
    call remove(a:open, -1)
  endif
endfunction

" Lines of texts may look like the beginning of an item.
function! s:InText(lnum) abort
  return synIDattr(synID(a:lnum, 1, 0), 'name') =~# 'String$\|BlockComment$'
endfunction

" The line of code before one, in the same brackets; 0 when there is none.
function! s:CodeBefore(lnum, open) abort
  let l:at = a:lnum - 1
  while l:at > a:open && getline(l:at) =~# '^\s*\%(//\|$\)'
    let l:at -= 1
  endwhile
  return l:at > a:open ? l:at : 0
endfunction

" A line without the comment behind it: `//` with an even number of quotes before it. A text that holds quotes and `//` is taken for one.
function! s:Code(lnum) abort
  let l:text = getline(a:lnum)
  let l:at = matchend(l:text, '^\%([^"/]\|"\%([^"\\]\|\\.\)*"\|/[/]\@!\)*\ze//')
  return substitute(l:at < 0 ? l:text : strpart(l:text, 0, l:at), '\s*$', '', '')
endfunction
