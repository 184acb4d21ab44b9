import Foundation
import PPL
import Testing

/// Sequences of entries at random: whatever is entered, the session goes on.
@Suite struct SessionFuzzTests {
  /// Numbers that are the same in each run (SplitMix64: Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195).
  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  private static let names = ["a", "b", "mu", "tau", "y", "x", "post", "q", "obs", "d", "f"]
  private static let patterns = [
    "dim NAME", "dim NAME = INT", "dim NAME = [\"u\", \"v\"]", "data NAME[NAME]: real",
    "data NAME = INT", "data NAME: int", "NAME ~ Normal(EXPR, EXPR)", "NAME ~ HalfNormal(EXPR)",
    "NAME[NAME] ~ Normal(EXPR, 1)", "NAME[i: NAME] ~ Normal(NAME[i], EXPR)",
    "NAME, NAME ~ Gamma(INT, EXPR)", "NAME = EXPR", "NAME[i: NAME] = EXPR + NAME[i]",
    "NAME[t: NAME[2..]] ~ Normal(NAME[t-1], 1)", "NAME[1] = INT",
    "fn f(z: real) -> real = z + EXPR",
    "factor NAME = -EXPR^2", "param NAME: real = EXPR", "NAME: simplex[NAME] ~ Dirichlet(1)",
    "NAME ~ Bernoulli(0.5)", "NAME[NAME] ~ Categorical([0.5, 0.5])",
    "guide g { NAME ~ Normal(0, 1) }", "net f(z: real[d]) -> real = z |> Dense(1)",
    "dist D(z: real) -> real { logp(v) = -v^2 }", "predict NAME = NAME given NAME",
    "show NAME", "show NAME.NAME", "E(NAME.NAME)", "P(NAME.NAME > EXPR)", "EXPR", "check NAME",
    "save NAME to \"/nonexistent/NAME.npy\"", ":type NAME", ":type EXPR", ":list", ":data",
    ":data /nonexistent", ":undo", ":reset", ":plan", ":graph", ":help NAME", "?NAME",
    ":time NAME = EXPR",
    ":load /nonexistent.ppl", ":save /proc/none/x.ppl", ":nothing", "NAME ~ NAME",
    "NAME ~ NAME(EXPR)",
    "loo(NAME)", "rmse(NAME)", "elbo(NAME)", "NAME.weights ~ Normal(0, 1)", "é ~ ∞", "((((", "))",
    "{",
    "infer NAME = nothing()", "NAME = if NAME then EXPR else EXPR",
  ]
  /// Rarer, because they take longer.
  private static let fits = [
    "infer NAME = prior(draws: 3, seed: 1)",
    "infer NAME = nuts(chains: 1, warmup: 5, draws: 3, seed: 1)",
    "infer NAME = map(seed: 1)",
  ]

  private static func expression(_ generator: inout Generator, _ depth: Int = 0) -> String {
    let names = Self.names
    switch Int.random(in: 0..<(depth > 2 ? 3 : 8), using: &generator) {
    case 0: return "\(Int.random(in: -2...3, using: &generator))"
    case 1, 2: return names.randomElement(using: &generator) ?? "a"
    case 3: return "sum(\(expression(&generator, depth + 1)))"
    case 4: return "exp(\(expression(&generator, depth + 1)))"
    case 5: return "\(names.randomElement(using: &generator) ?? "a")[1]"
    case 6: return "[\(expression(&generator, depth + 1)), 1]"
    default:
      return "(\(expression(&generator, depth + 1)) * \(expression(&generator, depth + 1)))"
    }
  }

  private static func entry(_ generator: inout Generator) -> String {
    let pool = Int.random(in: 0..<25, using: &generator) == 0 ? fits : patterns
    let pattern = pool.randomElement(using: &generator) ?? ""
    var text = ""
    for part in pattern.split(separator: " ", omittingEmptySubsequences: false) {
      var word = String(part)
      while let range = word.range(of: "NAME") {
        word.replaceSubrange(range, with: names.randomElement(using: &generator) ?? "a")
      }
      while let range = word.range(of: "EXPR") {
        word.replaceSubrange(range, with: expression(&generator))
      }
      while let range = word.range(of: "INT") {
        word.replaceSubrange(range, with: "\(Int.random(in: 1...3, using: &generator))")
      }
      text += text.isEmpty ? word : " " + word
    }
    switch Int.random(in: 0..<10, using: &generator) {
    case 0: return String(text.prefix(Int.random(in: 0...text.count, using: &generator)))
    case 1: return text + "\n" + entry(&generator)
    default: return text
    }
  }

  @Test(arguments: 0..<4) func randomSequencesNeverEndTheSession(_ part: Int) async throws {
    var taken = 0
    var refused = 0
    for number in 0..<250 {
      var generator = Generator(state: UInt64(part * 250 + number))
      var options = InteractiveSession.Options()
      options.executor = .reference
      let session = InteractiveSession(options)
      for _ in 0..<Int.random(in: 3...15, using: &generator) {
        let text = Self.entry(&generator)
        _ = InteractiveSession.isComplete(text)
        _ = session.completions(of: text, at: Int.random(in: 0...30, using: &generator))
        let status = await session.enter(text) { _ in }
        #expect(status != .quit, "\(text)")
        if status == .good { taken += 1 } else { refused += 1 }
      }
      var answers: [String] = []
      let last = await session.enter("1 + 1") { event in
        if case .output(let text) = event { answers.append(text) }
      }
      #expect(last == .good)
      #expect(answers == ["1 + 1 = 2"], "sequence \(part * 250 + number)")
    }
    // Both happen often, so that neither way goes untried.
    #expect(taken > 500 && refused > 500, "\(taken) taken, \(refused) refused")
  }
}
