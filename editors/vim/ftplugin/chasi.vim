" Settings for chasi.

if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1

setlocal comments=:///,://,s1:/*,mb:*,ex:*/
setlocal commentstring=//\ %s
setlocal formatoptions-=t formatoptions+=croql
setlocal expandtab shiftwidth=2 softtabstop=2 tabstop=2 textwidth=120
setlocal formatexpr=chasi#FormatExpression()
setlocal suffixesadd=.chasi
" `gf` on "./databases" opens the module's folder; `[i` follows imports.
setlocal path=.,,
setlocal include=^\\s*import\\s\\+\"\\zs[^\"]*
setlocal define=^\\s*\\%(let\\\\|param\\\\|fn\\\\|type\\\\|schema\\\\|kind\\\\|set\\)\\s\\+\\ze\\h
setlocal matchpairs=(:),[:],{:}

if exists('loaded_matchit') && !exists('b:match_words')
  let b:match_ignorecase = 0
  let b:match_words = '\<if\>:\<else\>'
endif

command! -buffer -bar ChasiFormat call chasi#Format()
command! -buffer -bar -nargs=? ChasiExplain call chasi#Explain(<q-args>)

if !exists('current_compiler')
  compiler chasi
endif

if get(g:, 'chasi_format_on_save', 0)
  augroup chasi_format
    autocmd! BufWritePre <buffer> call chasi#Format()
  augroup END
endif

let b:undo_ftplugin = 'setlocal comments< commentstring< formatoptions< expandtab< shiftwidth< softtabstop< tabstop< textwidth< formatexpr< suffixesadd< path< include< define< matchpairs< makeprg< errorformat<'
      \ . ' | delcommand ChasiFormat | delcommand ChasiExplain | unlet! b:match_words b:match_ignorecase | silent! autocmd! chasi_format * <buffer>'
