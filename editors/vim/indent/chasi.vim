" Indentation of chasi, as `chasic fmt` has it: one level for a line that opens brackets, however many; a line that begins with a closing
" bracket stands where the line of the opening one does; what continues a line stands one level further in.

if exists('b:did_indent')
  finish
endif
let b:did_indent = 1

setlocal indentexpr=chasi#indent#Of(v:lnum)
setlocal indentkeys=0{,0},0),0],!^F,o,O,e,0=&&,0=\|\|,0=??,0=.
setlocal nolisp nosmartindent autoindent

let b:undo_indent = 'setlocal indentexpr< indentkeys< lisp< smartindent< autoindent<'
