import Foundation
import PPL
import PPLSourceText
import Testing

/// What models that a user tried first got wrong.
struct TrialTests {
  /// Log density at unconstrained values.
  private func logDensity(_ text: String, at position: [Double]) throws -> Double {
    let program = Program(name: "model.ppl", text: text)
    try #require(program.diagnostics.filter(\.isError).map(\.message) == [])
    return try program.compile().model.density(at: position).logDensity
  }

  @Test func observedIndicesHaveCategoricalDensity() throws {
    let value = try logDensity(
      """
      dim n = 3, k = ["a", "b"]
      data c[i: n] = k(if i == 2 then 1 else 2)
      eta ~ Normal(0, 1)
      c[i: n] ~ Categorical([1 / 4, 3 / 4])
      """,
      // Nothing observed depends on eta: it is drawn forward, and no part of the density.
      at: []
    )
    #expect(abs(value - (2 * log(0.75) + log(0.25))) < 1e-12)
  }

  /// By bound of the observed type, the counts of at most 9 that it allows.
  @Test(arguments: [
    ("int", Array(0...9)), ("int >= 0", Array(0...9)), ("int > 0", Array(1...9)),
    ("int >= 1", Array(1...9)), ("int > 0.5", Array(1...9)), ("int in 0..3", Array(0...3)),
    ("int in (0, 3]", Array(1...3)), ("int in [1, 4)", Array(1...3)), ("int < 4", Array(0...3)),
    ("int <= 3.5", Array(0...3)),
  ])
  func boundsOfCountsIncludeTheirEnds(type: String, allowed: [Int]) throws {
    let value = try logDensity(
      """
      dim n = 2
      data k[i: n] = 1 + 2 * (i == 2)
      rate ~ Exponential(1)
      k[i: n]: \(type) ~ Binomial(9, rate / 2)
      """,
      at: [0]
    )
    func mass(_ k: Int) -> Double {
      tgamma(10) / tgamma(Double(k + 1)) / tgamma(Double(10 - k)) / 512
    }
    let normalizer = allowed.map(mass).reduce(0, +)
    #expect(abs(value - (-1 + log(mass(1)) + log(mass(3)) - 2 * log(normalizer))) < 1e-12)
  }

  @Test(arguments: ["x: real[d], i: d", "i: d, x: real[d]"])
  func anIndexOfAGenericDimensionIsAParameter(parameters: String) throws {
    let arguments = parameters.hasPrefix("x") ? "v, i" : "i, v"
    let value = try logDensity(
      """
      dim n = 3
      fn centred[d](\(parameters)) -> real = x[i] - mean(x)
      m ~ Normal(0, 1)
      v[i: n] = 2 * i + m
      factor f[i: n] = i * centred(\(arguments))
      """,
      at: [0]
    )
    #expect(abs(value - (4 - 0.5 * log(2 * Double.pi))) < 1e-12)
  }

  @Test func theTypeOfAParameterMustExist() {
    let program = Program(
      name: "model.ppl",
      text: """
        fn twice(x: float) -> real = 2 * x
        m ~ Normal(twice(1), 1)
        """
    )
    #expect(program.diagnostics.map(\.code) == ["E0202"])
  }

  @Test func valuesOutsideOfAKnownBoundAreADataError() {
    let program = Program(
      name: "model.ppl",
      text: """
        dim n = 3
        data y[i: n] = i - 2
        m ~ Normal(0, 1)
        y[i: n]: real > -0.5 ~ Normal(m, 1)
        """
    )
    let failure = #expect(throws: BindingFailure.self) { try program.compile() }
    #expect(failure?.diagnostics.map(\.code) == ["E0805"])
    #expect(failure?.isAboutData == true)
  }

  @Test func valuesOutsideOfALatentBoundHaveNoDensity() throws {
    let text = """
      dim n = 3
      data y[i: n] = 1.5 * i
      m ~ Normal(0, 1)
      y[i: n]: real >= m ~ Normal(0, 1)
      """
    #expect(try logDensity(text, at: [1.4]).isFinite)
    #expect(try logDensity(text, at: [1.6]) == -.infinity)
  }

  /// Diagnostics and, where there is a model, its log density at 0, of a program beside files.
  private func bind(_ text: String, files: [String: String], bytes: [String: [UInt8]] = [:]) throws
    -> (
      diagnostics: [Diagnostic], logDensity: Double?
    )
  {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, content) in files {
      try Data(content.utf8).write(to: folder.appending(path: name))
    }
    for (name, content) in bytes { try Data(content).write(to: folder.appending(path: name)) }
    let program = Program(name: folder.appending(path: "model.ppl").path, text: text)
    try #require(program.isValid)
    do {
      let (model, warnings) = try program.compile()
      return (
        warnings, model.density(at: [Double](repeating: 0, count: model.dimension)).logDensity
      )
    } catch {
      return (error.diagnostics, nil)
    }
  }

  @Test func eachNamedFileIsASourceOfItsOwn() throws {
    let result = try bind(
      """
      dim a, b
      data x[a]: real from "first.csv"
      data y[b]: real key "x" from "second.csv"
      m ~ Normal(0, 1)
      x[i: a] ~ Normal(m, 1)
      y[i: b] ~ Normal(m, 2)
      """,
      files: ["first.csv": "x,id\n1,7\n2,8\n", "second.csv": "id,x\n9,3\n9,4\n9,5\n"]
    )
    let squares = -0.5 * (1 + 4 + (9 + 16 + 25) / 4)
    let expected = squares - 3 * log(2.0) - 6 * 0.5 * log(2 * Double.pi)
    #expect(abs(try #require(result.logDensity) - expected) < 1e-12)
    #expect(result.diagnostics.map(\.dataLocation?.file) == ["first.csv", "second.csv"])
  }

  @Test func anArrayFileNeedsNoKey() throws {
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }"
    let padded = header + String(repeating: " ", count: 117 - header.count) + "\n"
    let file = "\u{93}NUMPY\u{1}\u{0}v\u{0}" + padded + "\u{1}\u{2}"
    let bytes = file.unicodeScalars.map { UInt8($0.value) }
    let result = try bind(
      """
      dim n
      data y[n]: real from "values.npy"
      m ~ Normal(0, 1)
      y[i: n] ~ Normal(m, 1)
      """,
      files: [:],
      bytes: ["values.npy": bytes]
    )
    #expect(result.diagnostics.isEmpty)
    #expect(abs(try #require(result.logDensity) + 2.5 + 1.5 * log(2 * Double.pi)) < 1e-12)
  }

  @Test func filesThatLabelADimensionDifferentlyAreAnError() throws {
    let result = try bind(
      """
      dim site
      data x[site]: real from "first.csv"
      data y[site]: real from "second.csv"
      m ~ Normal(0, 1)
      y[i: site] ~ Normal(m * x[i], 1)
      """,
      files: ["first.csv": "site,x\nA,1\nB,2\n", "second.csv": "site,y\nB,1\nA,2\n"]
    )
    #expect(result.diagnostics.filter(\.isError).map(\.code) == ["E0808"])
  }

  @Test func aCellThatIsNoNumberIsTheOneReportedAndNothingElse() throws {
    let result = try bind(
      """
      dim n
      data y[n]: real from "y.csv"
      m ~ Normal(0, 1)
      y[i: n] ~ Normal(m, 1)
      """,
      files: ["y.csv": "y\n1.5\n2.5\nabc\n"]
    )
    #expect(result.diagnostics.map(\.code) == ["E0804"])
    #expect(result.diagnostics.first?.dataLocation?.row == 4)
  }

  @Test func dataOfAnotherShapeLeaveNoSecondErrorAboutTheDimension() throws {
    let result = try bind(
      """
      dim n
      data y[n]: real from "y.json"
      m ~ Normal(0, 1)
      y[i: n] ~ Normal(m, 1)
      """,
      files: ["y.json": "{\"y\": [[1, 2], [3, 4]]}"]
    )
    #expect(result.diagnostics.map(\.code) == ["E0802"])
  }

  @Test func unusedColumnsAreOneWarningAFile() throws {
    let result = try bind(
      """
      dim n
      data y[n]: real from "y.csv"
      m ~ Normal(0, 1)
      y[i: n] ~ Normal(m, 1)
      """,
      files: ["y.csv": "c,y,a,b\n1,2,3,4\n"]
    )
    #expect(
      result.diagnostics.map(\.message) == ["3 data keys are not used: `a`, `b`, `c`"]
    )
  }
}
