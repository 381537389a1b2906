// Tokens of the chasi language. Input is bytes: everything above 0x7F is checked and named outside.
// The order of tokens here is the order of compiler/syntax/tokens.def; the build fails when they differ.
lexer grammar ChasiLexer;

// Made by the pass between lexer and parser (compiler/syntax/layout.h), never by a rule of this file:
// Separator  a line break that ends something          BodyOpen    a `{` that opens the body of if, for, match, else
// LambdaOpen a `(` whose `)` is followed by `=>`       FnTypeOpen  a `(` whose `)` is followed by `->`
// IfEntry    the `if` of `[if c : e]`                  TypeDot     a `.` of the type's name in `x as a.b`
// RawOpen    the beginning of a raw text
tokens { Separator, BodyOpen, LambdaOpen, FnTypeOpen, IfEntry, TypeDot, RawOpen }

// Words that are reserved everywhere but after a dot and before `=`.
Import : 'import' ;
Param : 'param' ;
Let : 'let' ;
Fn : 'fn' ;
Type : 'type' ;
Schema : 'schema' ;
If : 'if' ;
Else : 'else' ;
For : 'for' ;
In : 'in' ;
Match : 'match' ;
True : 'true' ;
False : 'false' ;
Unset : 'unset' ;

// Words that mean something at their place only and are names everywhere else.
Edition : 'edition' ;
Kind : 'kind' ;
Policy : 'policy' ;
Test : 'test' ;
Override : 'override' ;
Set : 'set' ;
Deprecated : 'deprecated' ;
Check : 'check' ;
Nested : 'nested' ;
Lower : 'lower' ;
Sensitive : 'sensitive' ;
Where : 'where' ;
Extends : 'extends' ;
As : 'as' ;
With : 'with' ;
Assert : 'assert' ;
Expect : 'expect' ;
Snapshot : 'snapshot' ;
Deny : 'deny' ;
Warn : 'warn' ;
Except : 'except' ;
Reason : 'reason' ;
Until : 'until' ;

// A name; words that are reserved nowhere are names too.
Identifier : [A-Za-z_] [A-Za-z0-9_]* ;

// A whole number in decimal or hexadecimal digits; `_` between digits is for the eye.
Int : DIGITS | '0' [xX] [0-9A-Fa-f] [0-9A-Fa-f_]* ;
// A number with a fraction or an exponent.
Float : DIGITS '.' DIGITS EXPONENT? | DIGITS EXPONENT ;
// A number with its unit, or `%`, directly behind it.
Quantity : DIGITS ('.' DIGITS)? (UNIT | '%') ;
// What looks like a number and is none, such as `1.2.3`; an error.
BadNumber : DIGITS '.' DIGITS ('.' DIGITS [A-Za-z0-9_]*)+ ;
// Parts of the above; no tokens of their own.
fragment DIGITS : [0-9]+ ('_' [0-9]+)* ;
fragment EXPONENT : [eE] [+-]? [0-9]+ ;
fragment UNIT : [A-Za-z] [A-Za-z0-9_]* ;

// Where a text begins, in one line or in several.
StringOpen : '"' -> pushMode(TEXT) ;
MultiOpen : '"""' -> pushMode(MULTI) ;
// A raw text: a backslash and `${` are what they are. The second is one without an end; an error.
RawString : 'r"' ~["\r\n]* '"' | 'r#"' .*? '"#' | 'r##"' .*? '"##' ;
RawUnterminated : 'r"' ~["\r\n]* | 'r#"' (~'"' | '"'+ ~["#])* '"'* | 'r##"' ~["]* ;
// Single quotes begin nothing; an error that says so.
QuotedText : '\'' ~['\r\n]* '\'' ;

BraceOpen : '{' -> pushMode(DEFAULT_MODE) ;
BraceClose : '}' -> popMode ;
BracketOpen : '[' ;
BracketClose : ']' ;
ParenOpen : '(' ;
ParenClose : ')' ;

Assign : '=' ;
PlusAssign : '+=' ;
Equal : '==' ;
NotEqual : '!=' ;
LessEqual : '<=' ;
GreaterEqual : '>=' ;
Less : '<' ;
Greater : '>' ;
FatArrow : '=>' ;
Arrow : '->' ;
Plus : '+' ;
Minus : '-' ;
Star : '*' ;
Slash : '/' ;
Percent : '%' ;
Not : '!' ;
And : '&&' ;
Or : '||' ;
Bar : '|' ;
Coalesce : '??' ;
OptDot : '?.' ;
Question : '?' ;
Spread : '...' ;
RangeUntil : '..<' ;
Range : '..' ;
Dot : '.' ;
Colon : ':' ;
Comma : ',' ;

// Between tokens.
Whitespace : [ \t\f]+ ;
NewLine : '\r'? '\n' | '\r' ;
// Describes the declaration or field below it.
DocComment : '///' (~[/\r\n] ~[\r\n]*)? ;
// Up to the end of the line.
LineComment : '//' ~[\r\n]* ;
// A comment in any place; one inside another is skipped with it.
CommentOpen : '/*' -> more, pushMode(COMMENT) ;

// What people write by habit of other languages; reported with a hint.
Semicolon : ';' ;
Ampersand : '&' ;
HashComment : '#' ~[\r\n]* ;
NonAscii : [\u0080-\u00FF]+ ;
BadByte : . ;

// Inside "…". A string of this form ends with its line, finished or not.
mode TEXT ;
StringClose : '"' -> popMode ;
InterpOpen : '${' -> pushMode(DEFAULT_MODE) ;
StringText : (~["\\$\r\n] | '\\' ~[\r\n])+ ;
TextDollar : '$' -> type(StringText) ;
TextBackslash : '\\' -> type(StringText) ;
TextNewLine : ('\r'? '\n' | '\r') -> popMode ;

// Inside """…""".
mode MULTI ;
MultiClose : '"""' -> type(StringClose), popMode ;
MultiInterp : '${' -> type(InterpOpen), pushMode(DEFAULT_MODE) ;
MultiText : (~["\\$] | '\\' .)+ -> type(StringText) ;
MultiOther : ["\\$] -> type(StringText) ;

// Inside a block comment, and inside one that is nested in another.
mode COMMENT ;
CommentNested : '/*' -> more, pushMode(COMMENT_NESTED) ;
BlockComment : '*/' -> popMode ;
CommentText : ~[*/]+ -> more ;
CommentOther : [*/] -> more ;

mode COMMENT_NESTED ;
NestedNested : '/*' -> more, pushMode(COMMENT_NESTED) ;
NestedClose : '*/' -> more, popMode ;
NestedText : ~[*/]+ -> more ;
NestedOther : [*/] -> more ;
