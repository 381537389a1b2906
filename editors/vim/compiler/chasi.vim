" `:compiler chasi`, then `:make` runs `chasic check` and fills the quickfix list.

if exists('current_compiler')
  finish
endif
let current_compiler = 'chasi'

let s:keep = &cpoptions
set cpoptions&vim

" Without arguments the module of the file is checked: its folder.
execute 'CompilerSet makeprg=' . escape(chasi#Program() . ' check --color never $*', ' \|"')
execute 'CompilerSet errorformat=' . escape(chasi#ErrorFormat(), ' \|"')

let &cpoptions = s:keep
unlet s:keep
