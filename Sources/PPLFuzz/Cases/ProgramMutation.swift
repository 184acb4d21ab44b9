import PPLSourceText
import PPLSyntax

/// Changes to a program: bytes, tokens, statements and expressions, sizes, and whole structures.
enum ProgramMutation {
  static func apply(
    to bytes: inout [UInt8],
    corpus: Corpus,
    _ random: inout FuzzGenerator
  ) {
    switch random.below(20) {
    case 0: ByteMutation.apply(to: &bytes, &random)
    case 1...3: changeToken(&bytes, corpus, &random)
    case 4...11: changeTree(&bytes, corpus, &random)
    case 12...16: changeNumber(&bytes, &random)
    case 17, 18: changeName(&bytes, corpus, &random)
    default:
      if bytes.count < 20_000 {
        bytes += [UInt8(ascii: "\n")] + Array(LargeStructures.make(&random).utf8)
      }
    }
  }

  // MARK: Tokens

  private static func tokens(_ bytes: [UInt8]) -> [Token] {
    Lexer.tokenize(SourceFile(name: "", bytes: bytes)).tokens.filter { $0.kind != .endOfFile }
  }

  private static func changeToken(
    _ bytes: inout [UInt8],
    _ corpus: Corpus,
    _ random: inout FuzzGenerator
  ) {
    let tokens = tokens(bytes)
    guard !tokens.isEmpty else { return }
    let token = random.one(of: tokens)
    let other = random.one(of: tokens)
    switch random.below(5) {
    case 0: bytes.removeSubrange(token.start..<token.end)
    case 1: bytes.insert(contentsOf: bytes[other.start..<other.end] + [0x20], at: token.start)
    case 2:
      let text = Array(bytes[other.start..<other.end])
      bytes.replaceSubrange(token.start..<token.end, with: text)
    default:
      let source = Array(corpus.pick(&random).program.utf8)
      let foreign = self.tokens(source).filter { $0.kind == token.kind }
      guard !foreign.isEmpty else { return }
      let chosen = random.one(of: foreign)
      bytes.replaceSubrange(token.start..<token.end, with: source[chosen.start..<chosen.end])
    }
  }

  private static let numbers = [
    "0", "1", "2", "3", "-1", "0.5", "1.5", "-0.5", "1e308", "-1e308", "1e-308", "1e19", "-1e19",
    "9007199254740992", "9007199254740991", "1000000000000", "2147483648", "134217728", "100000",
    "4294967296", "inf", "-inf", "pi", "(0/0)", "(1/0)", "(0 - 2^63)", "2^62", "2^53", "10^30",
  ]

  private static func changeNumber(_ bytes: inout [UInt8], _ random: inout FuzzGenerator) {
    let candidates = tokens(bytes).filter { $0.kind == .number }
    guard !candidates.isEmpty else { return }
    let token = random.one(of: candidates)
    let text = Array(random.one(of: numbers).utf8)
    bytes.replaceSubrange(token.start..<token.end, with: text)
  }

  private static let names = [
    "sum", "mean", "prod", "min", "max", "log_sum_exp", "any", "all", "sd", "var", "cumsum",
    "softmax", "sort", "dot", "transpose", "cholesky", "diag", "diag_matrix", "exp", "log", "sqrt",
    "lgamma", "Phi", "logit", "inv_logit", "floor", "size", "first", "last", "logp", "E", "P", "Q",
    "SD", "real", "int", "bool", "simplex", "ordered", "positive_ordered", "sum_to_zero", "unit",
    "corr", "cov", "cholesky_corr", "cholesky_cov", "nuts", "slice",
    "ensemble", "tempering", "mams", "levels", "warmup", "Normal", "HalfNormal", "Beta", "Gamma",
    "Uniform", "Poisson", "Binomial", "Bernoulli", "Categorical", "DiscreteUniform", "Dirichlet",
    "MultiNormal", "LKJ", "LKJCholesky", "Flat", "StudentT", "Weibull", "LogNormal", "InverseGamma",
    "NegativeBinomial", "Exponential", "Cauchy", "HalfCauchy", "Laplace", "Logistic",
  ]

  private static func changeName(
    _ bytes: inout [UInt8],
    _ corpus: Corpus,
    _ random: inout FuzzGenerator
  ) {
    let candidates = tokens(bytes).filter { $0.kind == .name }
    guard !candidates.isEmpty else { return }
    let token = random.one(of: candidates)
    let text: [UInt8]
    if random.chance(0.5) {
      text = Array(random.one(of: names).utf8)
    } else {
      let other = random.one(of: candidates)
      text = Array(bytes[other.start..<other.end])
    }
    bytes.replaceSubrange(token.start..<token.end, with: text)
  }

  // MARK: Trees

  private static func spans(_ bytes: [UInt8]) -> SyntaxSpans {
    SyntaxSpans(Parser.parse(SourceFile(name: "", bytes: bytes)).program)
  }

  private static let wrappings: [(String, String)] = [
    ("-(", ")"), ("not (", ")"), ("sum(", ")"), ("[", "]"), ("[", ", 1]"), ("(", ")[1]"),
    ("(", ") + 1"), ("(", ")^2"), ("1 / (", ")"), ("(if ", " > 0 then 1 else 0)"), ("exp(", ")"),
    ("[", " for q: 3]"), ("(", ") @ (1 + 1)"), ("mean(", ")"), ("cumsum(", ")"), ("(", ")[_]"),
    ("(", ")[2..]"), ("sum(", " for q: 1..4)"), ("log(", ")"), ("(", ") div 0"), ("(", ") mod 0"),
    ("diag_matrix(", ")"), ("floor(", " * 1e300)"), ("sum(", " for q: 0)"),
    ("[", " for q: 3 where q > 5]"), ("max([", " for q: 2..1])"), ("softmax([", ", 2])"),
  ]

  private static func changeTree(
    _ bytes: inout [UInt8],
    _ corpus: Corpus,
    _ random: inout FuzzGenerator
  ) {
    let spans = spans(bytes)
    guard let item = spans.items.isEmpty ? nil : random.one(of: spans.items) else { return }
    func text(_ span: SourceSpan) -> [UInt8] { Array(bytes[span.start..<span.end]) }
    let newline = [UInt8(ascii: "\n")]
    switch random.below(10) {
    case 0: bytes.removeSubrange(item.start..<item.end)
    case 1: bytes.insert(contentsOf: text(item) + newline, at: random.one(of: spans.items).start)
    case 2:
      let source = Array(corpus.pick(&random).program.utf8)
      let foreign = self.spans(source).items
      guard !foreign.isEmpty else { return }
      let chosen = random.one(of: foreign)
      bytes.insert(contentsOf: source[chosen.start..<chosen.end] + newline, at: item.start)
    case 3...5:
      guard !spans.expressions.isEmpty else { return }
      let target = random.one(of: spans.expressions)
      let (before, after) = random.one(of: wrappings)
      bytes.replaceSubrange(
        target.start..<target.end,
        with: Array(before.utf8) + text(target) + Array(after.utf8)
      )
    case 6:
      guard !spans.expressions.isEmpty else { return }
      let target = random.one(of: spans.expressions)
      let source = Array(corpus.pick(&random).program.utf8)
      let foreign = self.spans(source).expressions
      guard !foreign.isEmpty else { return }
      let chosen = random.one(of: foreign)
      bytes.replaceSubrange(target.start..<target.end, with: source[chosen.start..<chosen.end])
    default:
      guard !spans.expressions.isEmpty else { return }
      let target = random.one(of: spans.expressions)
      let replacement = text(random.one(of: spans.expressions))
      bytes.replaceSubrange(target.start..<target.end, with: replacement)
    }
  }
}
