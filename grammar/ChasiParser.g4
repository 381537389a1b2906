// The syntax of the chasi language over the tokens that compiler/syntax/layout.h hands on.
// Every list is a flat loop: after a mistake the loop goes on with the next entry. That entries are separated is checked
// when the tree is built, so that a missing comma is one clear error. All decisions take one or two tokens.
parser grammar ChasiParser;

options { tokenVocab = ChasiLexer; }

// --- file level ----------------------------------------------------------------------------------------------------

file : (item | Separator)* EOF ;

item
    : edition | importItem | param | let | fn | typeDecl | schemaItem | declaration | overrideItem | setParam
    | layer | forItem | ifItem | policy | test
    ;

edition : Edition Int ;
importItem : Import (dottedName | string) (As name)? ;
param : Param name Colon refinedType (Assign expr)? ;
let : Let name (Colon type)? Assign expr ;
fn : Fn name typeParams? (ParenOpen | FnTypeOpen) (fnParam | Comma)* ParenClose Arrow type (Assign expr | fnBody) ;
fnParam : name Colon type (Assign expr)? ;
fnBody : BraceOpen (let | Separator | Comma)* expr Separator* BraceClose ;
typeParams : Less name (Comma name)* Greater ;
typeDecl : Type name typeParams? Assign refinedType ;
schemaItem : deprecated? (Schema name typeParams? | Kind name) extends? schemaBody ;
deprecated : Deprecated string ;
extends : Extends type ;
schemaBody : BraceOpen (schemaMember | Separator | Comma)* BraceClose ;
schemaMember : check | nested | lower | let | field ;
field : name Question? Colon refinedType (Assign expr)? (Sensitive | deprecated)* ;
check : Check expr (Colon expr)? ;
nested : Nested name As name (Colon type)? schemaBody ;
lower : Lower Assign expr ;

declaration : kindName (name | string) block ;
kindName : kindWord (Dot name)* ;
overrideItem : Override dottedName block ;
setParam : Set name Assign expr ;
layer : Extends (name | string) ;

forItem : For name (Comma name)? In expr guard? itemBody ;
ifItem : If expr itemBody (Else If expr itemBody)* (Else itemBody)? ;
itemBody : BodyOpen (item | Separator)* BraceClose ;
guard : If expr ;

policy : Policy string BraceOpen (policyMember | Separator)* BraceClose ;
policyMember : let | policyFor | deny | warn | except ;
policyFor : For policyVar (Comma policyVar)* guard? ;
policyVar : name In expr ;
deny : Deny If expr Colon expr ;
warn : Warn If expr Colon expr ;
except : Except expr Reason string Until expr ;

test : Test string BraceOpen (testMember | Separator)* BraceClose ;
testMember : let | with | assertion | expect | snapshot ;
with : With block ;
assertion : Assert expr (Colon expr)? ;
expect : Expect name string? ;
snapshot : Snapshot expr ;

// --- blocks --------------------------------------------------------------------------------------------------------

block : BraceOpen (member | Separator | Comma)* BraceClose ;
member
    : (memberWord | string) (Assign expr | PlusAssign expr | block | (name | string) block)
    | overrideWord (Assign expr | PlusAssign expr | block | dottedName block)
    | unset
    | spread
    | forMember
    | ifMember
    | let
    ;
overrideWord : Override ;
unset : Unset (name | string) ;
spread : Spread expr ;
forMember : For name (Comma name)? In expr guard? (memberBody | Colon expr Assign expr) ;
ifMember : If expr memberBody (Else If expr memberBody)* (Else memberBody)? ;
memberBody : BodyOpen (member | Separator | Comma)* BraceClose ;

// --- types ---------------------------------------------------------------------------------------------------------

refinedType : type (Where expr (Colon expr)?)? ;
type : Bar? optType (Bar optType)* ;
optType : baseType Question? ;
baseType : namedType | literalType | fnType | ParenOpen type ParenClose ;
namedType : dottedName (Less type (Comma type)* Greater)? ;
// The type behind `as`. Its dots are told apart before the parser sees them; else each would be a question that only the
// whole rest of the item could answer: does the type go on, or is a member taken of the value?
castType : castName (Less type (Comma type)* Greater)? ;
castName : name (TypeDot name)* ;
literalType : literal | negative | string ;
fnType : FnTypeOpen (type | Comma)* ParenClose Arrow type ;

// --- expressions ---------------------------------------------------------------------------------------------------

expr : lambda | operand ;
lambda : bareParam FatArrow expr | LambdaOpen (lambdaParam | Comma)* ParenClose FatArrow expr ;
bareParam
    : Identifier | Edition | Kind | Policy | Test | Override | Set | Deprecated | Check | Nested | Lower | Sensitive | Where
    | Extends | As | With | Assert | Expect | Snapshot | Deny | Warn | Except | Reason | Until
    ;
lambdaParam : name (Colon type)? ;

operand
    : operand (Dot | OptDot) name
    | operand BracketOpen expr BracketClose
    | operand ParenOpen (arg | Comma)* ParenClose
    | operand block
    | operand As castType
    | (Not | Minus) operand
    | operand (Star | Slash | Percent) operand
    | operand (Plus | Minus) operand
    | operand (Range | RangeUntil) operand
    | operand (Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual | In) operand
    | operand And operand
    | operand Or operand
    | operand Coalesce operand
    | nameExpr
    | literal
    | string
    | paren
    | list
    | blockLit
    | ifExpr
    | matchExpr
    ;
arg : namedArg | spread | expr ;
namedArg : name Assign expr ;
nameExpr
    : Identifier | Edition | Kind | Policy | Test | Override | Set | Deprecated | Check | Nested | Lower | Sensitive | Where
    | Extends | As | With | Assert | Expect | Snapshot | Deny | Warn | Except | Reason | Until
    ;
literal : Int | Float | Quantity | True | False ;
negative : Minus literal ;
paren : ParenOpen expr ParenClose ;
blockLit : block ;

ifExpr : If expr bodyExpr (Else If expr bodyExpr)* (Else bodyExpr)? ;
bodyExpr : BodyOpen (let | Separator | Comma)* expr Separator* BraceClose ;
matchExpr : Match expr BodyOpen (matchArm | Separator | Comma)* BraceClose ;
matchArm : pattern (Bar pattern)* FatArrow expr ;
pattern : otherwise | matchBind | namedType | literal | negative | string ;
otherwise : Else ;
matchBind : name Colon optType ;

list : BracketOpen (element | Separator | Comma)* BracketClose ;
element : spread | forElement | ifElement | expr ;
forElement : For name (Comma name)? In expr guard? Colon expr ;
ifElement : IfEntry expr Colon expr ;

string : (StringOpen | MultiOpen | RawOpen) (stringText | interp)* StringClose ;
stringText : StringText ;
interp : InterpOpen expr BraceClose ;

// --- names: words with a meaning at one place stay usable at all others --------------------------------------------

dottedName : name (Dot name)* ;
name
    : Identifier | Edition | Kind | Policy | Test | Override | Set | Deprecated | Check | Nested | Lower | Sensitive | Where
    | Extends | As | With | Assert | Expect | Snapshot | Deny | Warn | Except | Reason | Until
    ;
// Where a member begins, `override` is told apart by what follows.
memberWord
    : Identifier | Edition | Kind | Policy | Test | Set | Deprecated | Check | Nested | Lower | Sensitive | Where
    | Extends | As | With | Assert | Expect | Snapshot | Deny | Warn | Except | Reason | Until
    ;
// Where an item begins, the words of the other items are not kinds.
kindWord
    : Identifier | Check | Nested | Lower | Sensitive | Where | As | With | Assert | Expect | Snapshot | Deny | Warn | Except
    | Reason | Until
    ;
