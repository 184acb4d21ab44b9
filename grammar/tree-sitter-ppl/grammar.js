// The grammar of PPL for tree-sitter. Rules have the names of the productions of ../ppl.ebnf.
//
// A line end is `_newline` where it may end a statement; src/scanner.c decides that. All words but the
// nine reserved ones are names wherever the grammar does not ask for them.

const list = (rule) => seq(rule, repeat(seq(",", rule)));
module.exports = grammar({
  name: "ppl",

  externals: ($) => [$._newline],
  extras: ($) => [/\s/, $.comment],
  word: ($) => $.name,
  inline: ($) => [$._name, $._sep],

  // `[a, b]` behind `in` is an interval, and would be a list before `..`.
  conflicts: ($) => [[$.list, $._interval]],

  rules: {
    program: ($) => optional($._statements),

    _statements: ($) =>
      choice(repeat1(seq(optional($._item), $._sep)), seq(repeat(seq(optional($._item), $._sep)), $._item)),
    _sep: ($) => choice($._newline, ";"),
    _item: ($) => choice($._definition, $._script, $.equation),
    _definition: ($) =>
      choice($.dims, $.data, $.param, $.fn, $.net, $.dist, $.extern, $.ode, $.factor, $.guide, $.model),
    guide: ($) => seq("guide", field("name", $._name), $.statements),
    model: ($) => seq("model", field("name", $._name), $.statements),
    statements: ($) => seq("{", optional($._statements), "}"),

    // Names. Words that start a statement are names where no statement starts, and before = ~ [ , : .
    name: () => /[A-Za-z][A-Za-z0-9_]*/,
    _name: ($) => choice($.name, alias($._word, $.name)),
    _word: () => choice("div", "mod"),
    // Before `[` such a word is a name: `show [a]` shows nothing.
    _keyword: () =>
      prec(
        1,
        choice(
          "dim", "data", "param", "fn", "net", "causal", "dist", "extern", "ode", "factor", "guide",
          "model", "infer", "predict", "show", "plot", "check", "save",
        ),
      ),

    // Declarations
    dims: ($) => seq("dim", list($.dimDecl)),
    dimDecl: ($) => seq(field("name", $._name), optional($.brackets), optional(seq("=", $._range))),
    data: ($) => seq("data", list($.dataDecl), optional(seq("from", $.string))),
    dataDecl: ($) =>
      seq(
        field("name", $._name),
        optional($.brackets),
        choice(
          seq(optional(seq(":", $.type, optional(seq("missing", $.expr)))), optional(seq("key", $.string))),
          seq(optional(seq(":", $.type)), "=", $.expr),
        ),
      ),
    param: ($) =>
      seq("param", field("name", $._name), optional($.brackets), ":", $.type, optional(seq("=", $.expr))),

    // Equations
    equation: ($) =>
      seq(
        list($.target),
        optional(seq(":", $.type)),
        field("relation", choice("~", "=")),
        field("value", $.expr),
        optional($.with),
      ),
    target: ($) =>
      seq(
        field("name", choice($._name, alias($._keyword, $.name))),
        repeat(seq(".", $._name)),
        optional($.brackets),
      ),
    brackets: ($) => seq("[", list($.index), optional(seq("where", $.expr)), "]"),
    index: ($) => choice($.binder, "_", $._range),
    range: ($) => choice(seq($.expr, "..", optional($.expr)), seq("..", $.expr)),
    _range: ($) => choice($.expr, $.range),
    with: ($) => seq("with", list($.local)),
    local: ($) => seq(field("name", $._name), choice("=", "~"), $.expr),
    factor: ($) =>
      seq("factor", field("name", $._name), optional($.brackets), "=", $.expr, optional($.with)),
    ode: ($) =>
      seq("ode", $._name, "from", $.expr, "at", $._name, $.brackets, optional($.arguments), $._lines),
    _lines: ($) =>
      seq("{", repeat(seq(optional($.odeLine), $._sep)), optional($.odeLine), "}"),
    odeLine: ($) =>
      choice(
        seq($._name, "'", optional($.brackets), "=", $.expr),
        seq($._name, "(", $.expr, ")", optional($.brackets), choice("=", seq("+", "=")), $.expr),
        seq($._name, "=", $.expr),
      ),

    // Functions, nets, distributions
    fn: ($) => seq("fn", field("name", $._name), $.signature, "=", $.expr, optional($.with)),
    net: ($) =>
      seq(optional("causal"), "net", field("name", $._name), $.signature, "=", $.expr, optional($.with)),
    dist: ($) => seq("dist", field("name", $._name), $.signature, $._clauses),
    _clauses: ($) => seq("{", repeat(seq(optional($.clause), $._sep)), optional($.clause), "}"),
    clause: ($) =>
      seq(field("name", $._name), optional(seq("(", $._name, ")")), "=", $.expr, optional($.with)),
    extern: ($) =>
      seq("extern", choice("fn", "dist"), field("name", $._name), $.signature, "=", $.expr),
    signature: ($) =>
      seq(optional($.brackets), "(", optional(list($.field)), ")", optional(seq("->", $.type))),

    // Types
    type: ($) =>
      choice(
        seq("(", list($.field), ")"),
        seq(field("name", $._name), optional($.axes), optional($.bound)),
      ),
    field: ($) => seq(field("name", $._name), ":", $.type),
    axes: ($) => seq("[", list($._range), "]"),
    bound: ($) =>
      choice(seq(choice(">", ">=", "<", "<="), $._sum), seq("in", $.set)),
    set: ($) =>
      choice($._interval, seq("{", list($.expr), "}"), prec.dynamic(-1, seq($._sum, "..", $._sum))),
    _interval: ($) => seq(choice("(", "["), $.expr, ",", $.expr, choice(")", "]")),

    // Script
    _script: ($) => choice($.infer, $.predict, $.show, $.save),
    infer: ($) => seq("infer", field("name", $._name), "=", $.expr),
    predict: ($) =>
      seq("predict", field("name", $._name), "=", $.expr, "given", $.expr, repeat(seq(",", $.argument))),
    show: ($) => seq(choice("show", "plot", "check"), list($.expr)),
    save: ($) => seq("save", $.expr, "to", $.string),

    // Expressions, loosest first
    expr: ($) => choice($.conditional, $.pipe, $._or),
    conditional: ($) =>
      seq("if", field("condition", $.expr), "then", field("then", $.expr), "else", field("else", $.expr)),
    pipe: ($) => seq(choice($.pipe, $._or), "|>", $.stage),
    stage: ($) => seq(field("name", $._name), optional($.arguments)),
    _or: ($) => choice($.or, $._and),
    or: ($) => seq($._or, "or", $._and),
    _and: ($) => choice($.and, $._not),
    and: ($) => seq($._and, "and", $._not),
    _not: ($) => choice($.not, $._compare),
    not: ($) => seq("not", $._not),
    _compare: ($) => choice($.compare, $._sum),
    compare: ($) => seq($._sum, choice("==", "!=", "<", "<=", ">", ">="), $._sum),
    _sum: ($) => choice($.sum, $._product),
    sum: ($) => seq($._sum, choice("+", "-"), $._product),
    _product: ($) => choice($.product, $._unary),
    product: ($) => seq($._product, choice("*", "/", "@", "div", "mod"), $._unary),
    _unary: ($) => choice($.unary, $._power),
    unary: ($) => seq("-", $._unary),
    _power: ($) => choice($.power, $._postfix),
    power: ($) => seq($._postfix, "^", $._unary),
    _postfix: ($) => choice($.subscripted, $.member, $._primary),
    subscripted: ($) => seq($._postfix, $.subscripts),
    member: ($) => seq($._postfix, ".", field("name", $._name)),
    _primary: ($) =>
      choice($.number, $.string, $._name, $.call, $.parenthesized, $.record, $.list),
    call: ($) => seq(field("name", $._name), $.arguments),
    parenthesized: ($) => seq("(", $.expr, ")"),
    record: ($) => seq("(", list($._recordField), ")"),
    _recordField: ($) => seq(field("name", $._name), ":", $.expr),
    list: ($) => seq("[", optional(choice($.comprehension, list($.expr))), "]"),
    comprehension: ($) => seq($.expr, "for", list($.binder), optional(seq("where", $.expr))),
    binder: ($) => seq(field("name", $._name), ":", $._range),
    subscripts: ($) => seq("[", list($.subscript), "]"),
    subscript: ($) => choice("_", $._range),
    arguments: ($) => seq("(", optional(choice($.comprehension, list($.argument))), ")"),
    argument: ($) => seq(optional(seq(field("label", $._name), ":")), $.expr),

    // Tokens
    number: () => /[0-9](_?[0-9])*(\.[0-9](_?[0-9])*)?([eE][+-]?[0-9](_?[0-9])*)?/,
    string: () => /"([^"\\\n]|\\.)*"/,
    comment: () => /#.*/,
  },
});
