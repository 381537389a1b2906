" Syntax of chasi. The lists of words are made of the grammar (autoload/chasi/words.vim, by editors/generate); how they stand together is said here.
" Words are matches and no keywords: behind a dot and before `=` they are names, and a keyword of Vim's would win there.

if exists('b:current_syntax')
  finish
endif
let s:keep = &cpoptions
set cpoptions&vim

function! s:Either(words) abort
  let l:ordered = sort(copy(a:words), {a, b -> len(b) - len(a)})
  return '\%(' . join(map(l:ordered, 'escape(v:val, ''\/.*$^~[]'')'), '\|') . '\)'
endfunction

" --- words; what is defined later wins at the same place ----------------------------------------------------------------

syntax match chasiVariable /\<\h\w*\>/
execute 'syntax match chasiKeyword /\<' . s:Either(g:chasi#words#reserved) . '\>/'
execute 'syntax match chasiConditional /\<\%(if\|else\|match\)\>/'
execute 'syntax match chasiRepeat /\<\%(for\|in\)\>/'
execute 'syntax match chasiBoolean /\<' . s:Either(g:chasi#words#constants) . '\>/'
execute 'syntax match chasiSpecial /\<' . s:Either(g:chasi#words#special) . '\>/'
syntax match chasiTypeName /\<\u\w*\l\w*\>/
syntax match chasiTypeName /\%(^\s*\h\w*?\=:\s*\)\@<=\h\w*/
execute 'syntax match chasiType /\<' . s:Either(g:chasi#words#types) . '\>/'
syntax match chasiCall /\<\h\w*\ze(/
execute 'syntax match chasiFunction /\<' . s:Either(g:chasi#words#functions) . '\ze(/'

" --- numbers ------------------------------------------------------------------------------------------------------------

syntax match chasiBadNumber /\<\d[0-9_]*\%(\.\d[0-9_]*\)\=\h\w*/
syntax match chasiNumber /\<\d[0-9_]*\%(\.\d[0-9_]*\)\=\%([eE][+-]\=\d\+\)\=\>/
syntax match chasiNumber /\<0[xX]\x[0-9A-Fa-f_]*\>/
execute 'syntax match chasiQuantity /\<\d[0-9_]*\%(\.\d[0-9_]*\)\=' . s:Either(filter(copy(g:chasi#words#units), 'v:val =~# ''\a''')) . '\>/ contains=chasiUnit'
execute 'syntax match chasiQuantity /\<\d[0-9_]*\%(\.\d[0-9_]*\)\=' . s:Either(filter(copy(g:chasi#words#units), 'v:val !~# ''\a''')) . '/ contains=chasiUnit'
syntax match chasiBadNumber /\<\d[0-9_]*\.\d[0-9_]*\%(\.\w\+\)\+/
syntax match chasiUnit /[A-Za-z%]\+$\|[A-Za-z%]\+/ contained

" --- signs --------------------------------------------------------------------------------------------------------------

execute 'syntax match chasiOperator #' . s:Either(filter(copy(g:chasi#words#operators), 'index([":", ".", "?."], v:val) < 0')) . '#'
syntax match chasiForeign /'[^']*'\|;/

" --- declarations -------------------------------------------------------------------------------------------------------

" Behind a dot every word is a name.
syntax match chasiMember /\%(?\.\|\.\@1<!\.\.\@!\)\s*\zs\h\w*/
syntax match chasiTypeName /\%(?\.\|\.\@1<!\.\.\@!\)\s*\zs\u\w*\l\w*/
execute 'syntax match chasiFunction /\%(?\.\|\.\@1<!\.\.\@!\)\s*\zs' . s:Either(g:chasi#words#functions) . '\ze(/'
" `name: Type = default` sets the name and not the type.
syntax match chasiField /\%([:>|]\s*\)\@10<!\<\h\w*\ze\s*+\==[=>]\@!/
syntax match chasiField /^\s*\zs\h\w*\ze?\=\s*:/
" `name {` at the left gives a block, `kind name {` declares; words of the language are neither.
execute 'syntax match chasiField /\%(^\s*\|[{,]\s*\)\@<=\%(' . s:Either(g:chasi#words#control) . '\>\)\@!\l\w*\ze\s*{/'
execute 'syntax match chasiKind /\%(^\s*\|[{,]\s*\)\@<=\%(' . s:Either(g:chasi#words#reserved) . '\>\)\@!\h\w*\%(\.\h\w*\)*\ze\s\+\%(\h\w*\|"[^"]*"\)\s*{/ nextgroup=chasiName skipwhite'
syntax match chasiName /\h\w*/ contained

syntax match chasiKeyword /^\s*\zs\%(schema\|kind\|type\|nested\)\>\ze\s\+\h/ nextgroup=chasiDeclaredType skipwhite
syntax match chasiDeclaredType /\h\w*/ contained
syntax match chasiKeyword /\<fn\>\ze\s\+\h/ nextgroup=chasiDeclaredFunction skipwhite
syntax match chasiDeclaredFunction /\h\w*/ contained
syntax match chasiKeyword /\<\%(let\|param\)\>\ze\s\+\h/ nextgroup=chasiDeclaredVariable skipwhite
syntax match chasiDeclaredVariable /\h\w*/ contained
syntax match chasiKeyword /^\s*\zsset\>\ze\s\+\h\w*\s*=/
syntax match chasiKeyword /^\s*\zsoverride\>\ze\s\+\h[A-Za-z0-9_.]*\s*{/ nextgroup=chasiOverridden skipwhite
syntax match chasiOverridden /\h[A-Za-z0-9_.]*/ contained

" --- words that mean something at their place only ----------------------------------------------------------------------

syntax match chasiInclude /^\s*\zsimport\>\ze\%(\s*[=.:]\)\@!/ nextgroup=chasiModule skipwhite
syntax match chasiModule /\h[A-Za-z0-9_.]*/ contained
syntax match chasiKeyword /^\s*\zsedition\>\ze\s\+\d/
syntax match chasiKeyword /\<extends\>\ze\s\+["A-Za-z_]/
syntax match chasiKeyword /\<as\>\ze\s\+\h/ nextgroup=chasiCast skipwhite
syntax match chasiCast /\h[A-Za-z0-9_.]*/ contained contains=chasiType
syntax match chasiKeyword /\<where\>\ze\%(\s*[=.:]\)\@!/
syntax match chasiKeyword /\<sensitive\>\ze\s*\%($\|[},]\|deprecated\|\/\/\)/
syntax match chasiKeyword /\<\%(deprecated\|reason\|until\)\>\ze\s\+r\="/
syntax match chasiKeyword /^\s*\zslower\>\ze\s*=/
syntax match chasiRule /^\s*\zs\%(policy\|test\)\>\ze\s\+"/
syntax match chasiRule /^\s*\zscheck\>\ze\%(\s*?\=\s*[:=]\)\@!/
syntax match chasiRule /^\s*\zs\%(assert\|snapshot\|except\)\>\ze\%(\s*[=.:]\|\s*+=\)\@!/
syntax match chasiRule /^\s*\zsexpect\>\ze\s\+\h/ nextgroup=chasiCode skipwhite
syntax match chasiCode /\h\w*/ contained
syntax match chasiRule /^\s*\zswith\>\ze\s*{/
syntax match chasiRule /\<\%(deny\|warn\)\>\ze\s\+if\>/
syntax match chasiKeyword /\%(^\s*\|[{,]\s*\)\@<=unset\>/

" --- texts --------------------------------------------------------------------------------------------------------------

syntax cluster chasiExpression contains=chasiVariable,chasiKeyword,chasiConditional,chasiRepeat,chasiBoolean,chasiSpecial,chasiTypeName,chasiType,chasiCall,chasiFunction,chasiBadNumber,chasiNumber,chasiQuantity,chasiOperator,chasiMember,chasiField,chasiString,chasiTripleString,chasiRawString,chasiComment,chasiDocComment,chasiBlockComment,chasiInnerBlock
" One in the other to any depth: a text, what is computed in it, braces and texts in that.
syntax region chasiInnerBlock start=/{/ end=/}/ contained transparent contains=@chasiExpression
syntax region chasiInterpolation matchgroup=chasiInterpolationMark start=/\${/ end=/}/ contained contains=@chasiExpression
syntax match chasiEscape /\\\%(u\x\{4}\|["\\\/bfnrt$]\)/ contained
syntax match chasiBadEscape /\\\%(u\x\{4}\|["\\\/bfnrt$]\)\@!./ contained
" Ends with its line, finished or not.
syntax region chasiString start=/"/ end=/"\|$/ contains=chasiEscape,chasiBadEscape,chasiInterpolation,@Spell
syntax region chasiTripleString start=/"""/ end=/"""/ contains=chasiEscape,chasiBadEscape,chasiInterpolation,@Spell
syntax region chasiRawString start=/\<r"/ end=/"\|$/
syntax region chasiRawString start=/\<r#"/ end=/"#/
syntax region chasiRawString start=/\<r##"/ end=/"##/

" --- comments -----------------------------------------------------------------------------------------------------------

syntax match chasiComment #//.*$# contains=@Spell
syntax match chasiDocComment #///\%(/\)\@!.*$# contains=@Spell
syntax region chasiBlockComment start=#/\*# end=#\*/# contains=chasiBlockComment,@Spell

" A text or comment may be long; Vim finds its beginning by reading from the top, which for files of this kind takes no time.
syntax sync fromstart

highlight default link chasiVariable NONE
highlight default link chasiKeyword Keyword
highlight default link chasiConditional Conditional
highlight default link chasiRepeat Repeat
highlight default link chasiInclude Include
highlight default link chasiModule Identifier
highlight default link chasiRule Statement
highlight default link chasiCode Constant
highlight default link chasiBoolean Boolean
highlight default link chasiSpecial Special
highlight default link chasiType Type
highlight default link chasiTypeName Type
highlight default link chasiCast Type
highlight default link chasiDeclaredType Typedef
highlight default link chasiDeclaredFunction Function
highlight default link chasiDeclaredVariable Identifier
highlight default link chasiCall Function
highlight default link chasiFunction Function
highlight default link chasiKind StorageClass
highlight default link chasiName Structure
highlight default link chasiOverridden Structure
highlight default link chasiField Identifier
highlight default link chasiMember NONE
highlight default link chasiNumber Number
highlight default link chasiQuantity Number
highlight default link chasiUnit Special
highlight default link chasiBadNumber Error
highlight default link chasiOperator Operator
highlight default link chasiForeign Error
highlight default link chasiString String
highlight default link chasiTripleString String
highlight default link chasiRawString String
highlight default link chasiEscape SpecialChar
highlight default link chasiBadEscape Error
highlight default link chasiInterpolationMark Delimiter
highlight default link chasiComment Comment
highlight default link chasiDocComment SpecialComment
highlight default link chasiBlockComment Comment

let b:current_syntax = 'chasi'
let &cpoptions = s:keep
unlet s:keep
