import PPLModelCompiler
import PPLSourceText
import Testing

/// Matrices that data give, against what they are declared as and what takes them.
@Suite struct KnownMatrixTests {
  private func problem(_ declaration: String, _ argument: String, _ matrix: [[Double]]) throws
    -> Diagnostic?
  {
    try CompiledCase.problem(
      text: """
        dim k = 2
        data S: \(declaration)
        m ~ Normal(0, 1)
        x[k] ~ Normal(m, 1)
        z: real[k] ~ MultiNormal(x, \(argument): S)
        """,
      data: ["S": .numbers(matrix.flatMap { $0 }, shape: [2, 2])]
    )
  }

  @Test(arguments: [
    (
      "cov[k]", "cov", [[2, 0.5], [0.25, 1]],
      "`S[2,1]` is 0.25, and its mirror image 0.5; a `cov` is symmetric"
    ),
    ("cov[k]", "cov", [[1, 2], [2, 1]], "`S` is not positive definite; a `cov` is"),
    ("corr[k]", "cov", [[1, 0.5], [0.5, 2]], "`S[2,2]` is 2; the diagonal of a `corr` is 1"),
    (
      "cholesky_cov[k]", "cholesky", [[1, 0.5], [0, 1]],
      "`S[1,2]` is 0.5; a `cholesky_cov` is 0 above its diagonal"
    ),
    (
      "cholesky_cov[k]", "cholesky", [[1, 0], [0.5, -1]],
      "`S[2,2]` is -1; the diagonal of a `cholesky_cov` is above 0"
    ),
  ])
  func aJointTypeIsCheckedWhenDataAreBound(
    _ declaration: String,
    _ argument: String,
    _ matrix: [[Double]],
    _ message: String
  ) throws {
    let problem = try problem(declaration, argument, matrix)
    #expect(problem?.message == message)
    #expect(problem?.code == "E0805")
    #expect(problem?.dataLocation?.file == "case.json")
  }

  @Test(arguments: [
    (
      "cov", [[2, 0.5], [0.25, 1]], "`cov` of `MultiNormal` is no covariance matrix",
      "its element [2,1] is 0.25, and its mirror image 0.5"
    ),
    (
      "cov", [[1, 2], [2, 1]], "`cov` of `MultiNormal` is no covariance matrix",
      "it is not positive definite"
    ),
    (
      "precision", [[2, 0.5], [0.25, 1]], "`precision` of `MultiNormal` is no precision matrix",
      "its element [2,1] is 0.25, and its mirror image 0.5"
    ),
    (
      "cholesky", [[1, 0.5], [0.5, 1]], "`cholesky` of `MultiNormal` is no lower Cholesky factor",
      "its element [1,2] is 0.5"
    ),
    (
      "sd: 1, corr", [[1, 0.5], [0.5, 2]], "`corr` of `MultiNormal` is no correlation matrix",
      "its element [2,2] is 2"
    ),
  ])
  func aPlainMatrixIsCheckedWhereItIsUsed(
    _ argument: String,
    _ matrix: [[Double]],
    _ message: String,
    _ label: String
  ) throws {
    let problem = try problem("real[k, k]", argument, matrix)
    #expect(problem?.message == message)
    #expect(problem?.primary?.text == label)
    #expect(problem?.code == "E0805")
    #expect(problem.map { ($0.primary?.span.end ?? 0) - ($0.primary?.span.start ?? 0) } == 1)
  }

  @Test func oneOfSeveralIsNamed() throws {
    let problem = try CompiledCase.problem(
      text: """
        dim k = 2, g = 2
        data S[g, k, k]: real
        m ~ Normal(0, 1)
        z[i: g]: real[k] ~ MultiNormal([m, m], S[i])
        """,
      data: ["S": .numbers([1, 0, 0, 1, 1, 0.5, 0, 1], shape: [2, 2, 2])]
    )
    #expect(
      problem?.primary?.text
        == "matrix 2 of 2: its element [2,1] is 0, and its mirror image 0.5"
    )
  }

  @Test func aMatrixAsWrittenIsTheProgramsMistake() throws {
    let problem = try CompiledCase.problem(
      text: "dim k = 2\nz: real[k] ~ MultiNormal([0, 0], [[1, -0.5], [0.5, 1]])"
    )
    #expect(problem?.code == "E0308")
  }

  /// Rounding as products of matrices make it is no asymmetry.
  @Test func roundingIsAllowed() throws {
    #expect(try problem("real[k, k]", "cov", [[2, 0.5], [0.5 + 1e-12, 1]]) == nil)
    #expect(try problem("cov[k]", "cov", [[2, 0.5], [0.5 + 1e-12, 1]]) == nil)
  }
}
