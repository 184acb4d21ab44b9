import PPLGraphIR
import PPLModelCompiler
import Testing

/// The size of the graphs, which compiling and evaluating cost in proportion, follows the text and not the
/// data.
@Suite struct GrowthTests {
  private func sizes(_ text: String, _ data: [String: CaseData] = [:]) throws -> [Int] {
    let model = try CompiledCase(text: text, data: data).model
    return [model.density.nodes.count, model.gradient.nodes.count, model.draw.nodes.count]
  }

  /// A regression with an interaction, groups, a shift, a condition and a sum over a condition.
  private func regression(rows: Int) throws -> [Int] {
    let text = """
      dim kid, school = 3
      data score[kid], iq[kid]: real
      data hs[kid]: bool
      data school_of[kid]: school
      b[school] ~ Normal(0, 1)
      c ~ Normal(0, 1)
      sigma ~ HalfCauchy(2.5)
      share[s: school] = mean(b[s] * iq[k] for k: kid where school_of[k] == s)
      score[k: kid] ~ Normal(b[school_of[k]] + c * hs[k] * iq[k] + share[school_of[k]]
                             + (if k > 1 then c * score[k-1] else 0), sigma)
      """
    let range = 0..<rows
    func column(_ value: (Int) -> Double) -> CaseData {
      .numbers(range.map(value), shape: [rows])
    }
    return try sizes(
      text,
      [
        "score": column { Double($0 % 13) - 6 }, "iq": column { Double($0 % 7) },
        "hs": column { Double($0 % 2) }, "school_of": column { Double($0 % 3 + 1) },
      ]
    )
  }

  @Test func rowsAddNoNodes() throws {
    // Fewer than would leave out the log likelihoods of the rows.
    #expect(try regression(rows: 120) == regression(rows: 9_000))
  }

  /// What is left of a normal likelihood of a linear predictor after binding does not depend on the rows.
  @Test(arguments: [
    "b[1] + b[2] * hs[k] + b[3] * iq[k] + b[4] * hs[k] * iq[k], sigma",
    "a[school_of[k]] + b[1] * iq[k], sigma", "b[1] + b[2] * iq[k], exp(a[school_of[k]])",
  ])
  func rowsOfLinearModelsLeaveNoArrays(_ arguments: String) throws {
    let text = """
      dim kid, school = 3, coef = 4
      data score[kid], iq[kid]: real
      data hs[kid]: bool
      data school_of[kid]: school
      b[coef] ~ Flat()
      a[school] ~ Normal(0, 1)
      sigma ~ HalfCauchy(2.5)
      score[k: kid] ~ Normal(\(arguments))
      """
    // Nothing is symmetric in the data, so that no numbers are equal by chance.
    func shapes(copies: Int) throws -> [[String]] {
      let rows = 500
      func column(_ value: (Int) -> Double) -> CaseData {
        let values = (0..<rows).map(value)
        return .numbers((0..<copies).flatMap { _ in values }, shape: [rows * copies])
      }
      let model = try CompiledCase(
        text: text,
        data: [
          "score": column { 0.013 * Double($0 * 7919 % 1000) - 6.123 },
          "iq": column { 0.007 * Double($0 * 6007 % 1009) },
          "hs": column { Double($0 * 13 % 5 % 2) },
          "school_of": column { Double($0 * 31 % 7 % 3 + 1) },
        ]
      ).model
      return [model.density, model.gradient].map { graph in
        graph.nodes.map { "\($0.op.name) \($0.shape)" }
      }
    }
    let small = try shapes(copies: 1)
    #expect(try shapes(copies: 10) == small)
    #expect(try shapes(copies: 100) == small)
  }

  /// Programs of n statements; what a statement costs must not depend on how many there are.
  @Test(arguments: ["scalars", "pieces", "chain", "definitions", "factors", "list"])
  func statementsAddNodesInProportion(_ kind: String) throws {
    func sizes(_ count: Int) throws -> [Int] {
      let range = 1...count
      var lines: [String] = []
      var data: [String: CaseData] = [:]
      switch kind {
      case "scalars":
        for i in range {
          lines.append("data y\(i): real\na\(i) ~ Normal(0, 1)\ny\(i) ~ Normal(a\(i), 1)")
          data["y\(i)"] = .scalar(Double(i % 7))
        }
      case "pieces":
        lines = ["dim t = \(count)", "data y[t]: real", "x[i: t[2..1]] ~ Normal(0, 1)"]
        data["y"] = .numbers(range.map { Double($0 % 7) }, shape: [count])
        for i in range { lines.append("x[\(i)] ~ Normal(0, 1)\ny[\(i)] ~ Normal(x[\(i)], 1)") }
      case "chain":
        lines = ["a0 ~ Normal(0, 1)", "factor end = -a\(count)^2"]
        for i in range { lines.append("a\(i) ~ Normal(a\(i - 1), 1)") }
      case "definitions":
        lines = ["x ~ Normal(0, 1)", "b0 = x", "factor end = -b\(count)^2"]
        for i in range { lines.append("b\(i) = b\(i - 1) * 0.5 + x") }
      case "factors":
        lines = ["x ~ Normal(0, 1)"]
        for i in range { lines.append("factor f\(i) = -\(i) * x^2") }
      default:
        let names = range.map { "a\($0)" }.joined(separator: ", ")
        lines = ["\(names) ~ Normal(0, 1)", "factor end = -sum([\(names)])^2"]
      }
      return try self.sizes(lines.joined(separator: "\n"), data)
    }
    // Constants that are equal are one node, so that a few statements may have fewer each.
    let (few, many) = (try sizes(300), try sizes(3000))
    for (small, large) in zip(few, many) {
      #expect(large <= 11 * small, "\(few) nodes of 300 statements, \(many) of 3000")
    }
  }

  /// Ten thousand latents with their observations, and ten thousand definitions, compile.
  @Test func tenThousandStatementsCompile() throws {
    var lines = ["b0 = a1"]
    var data: [String: CaseData] = [:]
    for i in 1...10_000 {
      lines.append("data y\(i): real\na\(i) ~ Normal(0, 1)\ny\(i) ~ Normal(b\(i), 1)")
      lines.append("b\(i) = b\(i - 1) * 0.5 + a\(i)")
      data["y\(i)"] = .scalar(0)
    }
    let compiled = try CompiledCase(text: lines.joined(separator: "\n"), data: data)
    #expect(compiled.dimension == 10_000)
    let gradient = compiled.gradient(at: [Double](repeating: 0, count: 10_000))
    #expect(abs(gradient[0] - 20_000 * Plain.normal(0, 0, 1)) < 1e-6)
  }
}
