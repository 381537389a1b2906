" Made by editors/generate; what is written here by hand is lost.

let g:chasi#words#control = [
  \ 'if', 'else', 'for', 'in', 'match',
  \ ]

let g:chasi#words#contextual = [
  \ 'edition', 'kind', 'policy', 'test', 'override', 'set', 'deprecated', 'check', 'nested', 'lower',
  \ 'sensitive', 'where', 'extends', 'as', 'with', 'assert', 'expect', 'snapshot', 'deny', 'warn', 'except',
  \ 'reason', 'until',
  \ ]

let g:chasi#words#constants = [
  \ 'true', 'false', 'null',
  \ ]

let g:chasi#words#special = [
  \ 'self', 'it',
  \ ]

let g:chasi#words#functions = [
  \ 'all', 'referrers', 'name', 'text', 'yaml', 'json', 'yamlStream', 'operations', 'at', 'texts', 'ints',
  \ 'flags', 'len', 'sum', 'min', 'max', 'keys', 'values', 'unique', 'sorted', 'reverse', 'flatten', 'first',
  \ 'last', 'slice', 'take', 'drop', 'chunk', 'join', 'contains', 'map', 'mapValues', 'filter', 'flatMap',
  \ 'sortBy', 'groupBy', 'indexBy', 'find', 'count', 'any', 'every', 'minBy', 'maxBy', 'fold', 'split', 'lines',
  \ 'trim', 'trimPrefix', 'trimSuffix', 'upper', 'lower', 'capitalize', 'replace', 'startsWith', 'endsWith',
  \ 'indexOf', 'truncate', 'substring', 'padStart', 'padEnd', 'repeat', 'indent', 'matches', 'capture',
  \ 'findAll', 'replaceAll', 'number', 'abs', 'floor', 'ceil', 'round', 'toInt', 'toFloat', 'toJson', 'toYaml',
  \ 'fromYaml', 'overlay', 'base64', 'base64Decode', 'hex', 'urlEncode', 'sha256', 'sha1', 'md5', 'isIp',
  \ 'isCidr', 'cidrContains', 'cidrOverlaps', 'cidrSubnet', 'cidrHost', 'cidrPrefix', 'isDnsLabel', 'isDnsName',
  \ 'isCron', 'later', 'secret',
  \ ]

let g:chasi#words#types = [
  \ 'Bool', 'Int', 'Float', 'String', 'Cpu', 'Bytes', 'Percent', 'Duration', 'Version', 'ImageRef', 'Path',
  \ 'Secret', 'Any', 'List', 'Map', 'Later',
  \ ]

let g:chasi#words#units = [
  \ 'm', 'k', 'M', 'G', 'T', 'P', 'E', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', '%', 'ns', 'us', 'ms', 's', 'min',
  \ 'h', 'd',
  \ ]

let g:chasi#words#operators = [
  \ '=', '+=', '==', '!=', '<=', '>=', '<', '>', '=>', '->', '+', '-', '*', '/', '%', '!', '&&', '||', '|', '??',
  \ '?.', '?', '...', '..<', '..', '.', ':',
  \ ]

let g:chasi#words#reserved = [
  \ 'import', 'param', 'let', 'fn', 'type', 'schema', 'if', 'else', 'for', 'in', 'match', 'unset',
  \ ]
