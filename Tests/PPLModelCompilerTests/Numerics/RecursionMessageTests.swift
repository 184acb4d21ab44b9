import PPLSourceText
import Testing

/// Recursions that are no loop are refused where they read what they cannot.
@Suite struct RecursionMessageTests {
  @Test(arguments: [
    // All elements of another member, at the same index.
    "b[1] = 1\na[i: t] = q * sum(b[_])\nb[i: t[2..]] = a[i-1]\ny[i: t] ~ Normal(a[i], 1)"
  ])
  func whatIsNoLoopIsRefused(equations: String) throws {
    let found = try #require(
      try CompiledCase.problem(
        text: "dim t = 4\ndata y[t]: real\nq ~ Normal(0, 1)\n" + equations,
        data: ["y": .vector(1, 2, 3, 4)]
      )
    )
    #expect(found.code == "E0901")
  }

  @Test func readingBeforeTheFirstElementIsRefused() throws {
    let found = try #require(
      try CompiledCase.problem(
        text: """
          dim t = 4
          data y[t]: real
          q ~ Normal(0, 1)
          x[i: t] = q * x[i-1]
          y[i: t] ~ Normal(x[i], 1)
          """,
        data: ["y": .vector(1, 2, 3, 4)]
      )
    )
    #expect(found.code == "E0702")
  }
}
