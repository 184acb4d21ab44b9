import Foundation
import PPL
import PPLSourceText
import Testing

/// Points that `ppl density` refuses: what lies outside of a quantity's support.
struct PointTests {
  /// What is wrong with a point of a model; empty if its density was evaluated.
  private func problems(_ text: String, at point: String) throws -> [Diagnostic] {
    let program = Program(name: "model.ppl", text: text)
    try #require(program.diagnostics.filter(\.isError).map(\.message) == [])
    let model = try program.compile().model
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + ".json")
    try Data(point.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    do {
      _ = try model.density(atPointIn: DataSet(paths: [file.path]))
      return []
    } catch {
      return error.diagnostics
    }
  }

  @Test(arguments: [
    ("s: real > 0 ~ Normal(0, 1)", "{\"s\": -1}", "`s` is -1 in the point; it must be above 0"),
    ("s: real > 0 ~ Normal(0, 1)", "{\"s\": 0}", "`s` is 0 in the point; it must be above 0"),
    ("s ~ Exponential(1)", "{\"s\": -0.5}", "`s` is -0.5 in the point; it must be at least 0"),
    ("p ~ Beta(2, 2)", "{\"p\": 1.5}", "`p` is 1.5 in the point; it must be at most 1"),
    (
      "a ~ Beta(2, 2)\nb: real in (0, 1 - a) ~ Flat()", "{\"a\": 0.25, \"b\": 0.8}",
      "`b` is 0.8 in the point; it must be below 0.75"
    ),
    (
      "dim k = [\"x\", \"y\"]\ns[k] ~ Gamma(2, 1)", "{\"s\": [1, -2]}",
      "`s[\"y\"]` is -2 in the point; it must be at least 0"
    ),
    (
      "dim t = 3\nw[1] ~ Normal(0, 1)\nw[i: t[2..]]: real > 1 ~ Normal(0, 1)", "{\"w\": [0, 2, 1]}",
      "`w[3]` is 1 in the point; it must be above 1"
    ),
    (
      "dim k = 3\np: simplex[k] ~ Dirichlet(1)", "{\"p\": [0.25, 0.25, 0.25]}",
      "`p` sums to 0.75 in the point; a `simplex` sums to 1"
    ),
    (
      "dim k = 3\np: simplex[k] ~ Dirichlet(1)", "{\"p\": [0.75, -0.25, 0.5]}",
      "`p[2]` is -0.25 in the point; the elements of a `simplex` are at least 0"
    ),
    (
      "dim g = 2, k = 2\np[g]: simplex[k] ~ Dirichlet(1)", "{\"p\": [[0.5, 0.5], [0.5, 0.25]]}",
      "what begins at `p[2,1]` sums to 0.75 in the point; a `simplex` sums to 1"
    ),
    (
      "dim k = 3\nc: ordered[k] ~ Normal(0, 1)", "{\"c\": [0, 2, 1]}",
      "`c[3]` is 1 after 2 in the point; the elements of `ordered` ascend"
    ),
    (
      "dim k = 2\nc: positive_ordered[k] ~ Exponential(1)", "{\"c\": [-1, 2]}",
      "`c[1]` is -1 in the point; the elements of `positive_ordered` are above 0"
    ),
    (
      "dim k = 2\nz: sum_to_zero[k] ~ Normal(0, 1)", "{\"z\": [1, 2]}",
      "`z` sums to 3 in the point; a `sum_to_zero` sums to 0"
    ),
    (
      "dim k = 2\nu: unit[k] ~ Flat()", "{\"u\": [3, 4]}",
      "`u` has length 5 in the point; a `unit` vector has length 1"
    ),
    (
      "dim k = 2\nR: corr[k] ~ LKJ(2)", "{\"R\": [[1, 0.25], [0.5, 1]]}",
      "`R[2,1]` is 0.5, and its mirror image 0.25 in the point; a `corr` is symmetric"
    ),
    (
      "dim k = 2\nR: corr[k] ~ LKJ(2)", "{\"R\": [[1, 0.5], [0.5, 2]]}",
      "`R[2,2]` is 2 in the point; the diagonal of a `corr` is 1"
    ),
    (
      "dim k = 2\nR: corr[k] ~ LKJ(2)", "{\"R\": [[1, 2], [2, 1]]}",
      "`R` is not positive definite in the point; a `corr` is"
    ),
    (
      "dim k = 2\nL: cholesky_corr[k] ~ LKJCholesky(2)", "{\"L\": [[1, 0.5], [0, 1]]}",
      "`L[1,2]` is 0.5 in the point; a `cholesky_corr` is 0 above its diagonal"
    ),
    (
      "dim k = 2\nL: cholesky_corr[k] ~ LKJCholesky(2)", "{\"L\": [[1, 0], [3, 4]]}",
      "`L` has a row 2 of length 5 in the point; the rows of a `cholesky_corr` have length 1"
    ),
  ])
  func aValueOutsideIsBadData(_ text: String, _ point: String, _ message: String) throws {
    let problems = try problems(text, at: point)
    #expect(problems.map(\.message) == [message])
    #expect(problems.map(\.code) == ["E0805"])
    #expect(problems.allSatisfy { $0.dataLocation?.row == 1 && $0.primary != nil })
  }

  @Test func eachQuantityIsReportedWithItsPlace() throws {
    let text = "dim k = 2\ns ~ Exponential(1)\np: simplex[k] ~ Dirichlet(1)"
    let problems = try problems(text, at: "{\n  \"s\": -1,\n  \"p\": [\n    0.5,\n    -0.5]\n}")
    #expect(problems.map(\.dataLocation?.row) == [2, 5])
  }

  @Test(arguments: [
    ("s: real >= 0 ~ Normal(0, 1)", "{\"s\": 0}"), ("p ~ Uniform(0, 1)", "{\"p\": 1}"),
    ("dim k = 2\np: simplex[k] ~ Dirichlet(1)", "{\"p\": [0.3, 0.7]}"),
    ("dim k = 2\nR: corr[k] ~ LKJ(2)", "{\"R\": [[1, 0.5], [0.5, 1]]}"),
    // A latent bound on observations: the density is zero there, which is no fault of the point.
    (
      "dim n = 2\ndata y[i: n] = 0.9 * i\nb ~ Exponential(1)\ny[i: n] ~ Uniform(0, b)",
      "{\"b\": 1.5}"
    ),
  ])
  func aValueInsideIsEvaluated(_ text: String, _ point: String) throws {
    #expect(try problems(text, at: point).isEmpty)
  }

  /// A point names the missing cells of an array in order, whatever statement each belongs to.
  @Test func missingCellsOfSeveralStatements() throws {
    let text = """
      dim t
      data y[t]: real
      a ~ Normal(0, 1)
      y[1] ~ Normal(0, 1)
      y[i: t[2..]] ~ Normal(a * y[i-1], 1)
      """
    let model = try compiled(text, data: "{\"y\": [null, 1, null, 2]}")
    let point = try file("{\"a\": 0.5, \"y\": [0.25, -1]}")
    defer { try? FileManager.default.removeItem(at: point) }
    let found = try model.density(atPointIn: DataSet(paths: [point.path])).logDensity
    func normal(_ x: Double, _ mean: Double) -> Double {
      -0.5 * (x - mean) * (x - mean) - 0.5 * log(2 * Double.pi)
    }
    let y = [0.25, 1, -1, 2]
    var expected = normal(0.5, 0) + normal(y[0], 0)
    for i in 1..<4 { expected += normal(y[i], 0.5 * y[i - 1]) }
    #expect(abs(found - expected) < 1e-12)
  }

  private func file(_ text: String) throws -> URL {
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + ".json")
    try Data(text.utf8).write(to: file)
    return file
  }

  private func compiled(_ text: String, data: String) throws -> Model {
    let program = Program(name: "model.ppl", text: text)
    try #require(program.diagnostics.filter(\.isError).map(\.message) == [])
    let path = try file(data)
    defer { try? FileManager.default.removeItem(at: path) }
    return try program.compile(DataSet(paths: [path.path])).model
  }
}
