; Colours by the captures that editors know.

(comment) @comment
(string) @string
(number) @number

["if" "then" "else"] @keyword.conditional
["and" "or" "not" "div" "mod"] @keyword.operator
["with" "where" "for"] @keyword

["dim" "data" "param" "fn" "net" "causal" "dist" "extern" "ode" "factor" "guide" "model"] @keyword
["infer" "predict" "show" "plot" "check" "save"] @keyword
["from" "in" "key" "missing" "at" "given" "to"] @keyword

["=" "~" "->" "|>" ".." "==" "!=" "<" "<=" ">" ">=" "+" "-" "*" "/" "@" "^" "'"] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ":" ";" "."] @punctuation.delimiter

(call name: (name) @function.call)
(stage name: (name) @function.call)
(fn name: (name) @function)
(net name: (name) @function)
(dist name: (name) @type.definition)
(type name: (name) @type)
(dimDecl name: (name) @type)
(dataDecl name: (name) @constant)
(target name: (name) @variable)
(field name: (name) @variable.parameter)
(local name: (name) @variable)
(binder name: (name) @variable)
(argument label: (name) @property)
(member name: (name) @property)
