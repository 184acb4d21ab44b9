import Testing

/// The table of a run that finds no start.
@Suite struct FailedStartTests {
  private func failure(_ model: String) throws -> CommandResult {
    let place = try Workplace(["m.ppl": model])
    let result = try place.run("run", "m.ppl", "--seed", "1")
    #expect(result.status == 4)
    #expect(result.output.isEmpty)
    #expect(!place.exists("m.fit.zarr"))
    #expect(!place.exists("m.fit.zarr.new"))
    return result
  }

  /// The cells of the table's rows, which stand two spaces or more apart.
  private func rows(_ result: CommandResult) -> [[String]] {
    result.errors.split(separator: "\n").filter { $0.hasPrefix("  ") }.map { line in
      var cells: [String] = []
      var rest = line.drop { $0 == " " }
      while let gap = rest.firstRange(of: "  ") {
        cells.append(String(rest[..<gap.lowerBound]))
        rest = rest[gap.upperBound...].drop { $0 == " " }
      }
      return cells + [String(rest)]
    }
  }

  @Test func theTableNamesTheElementAtFault() throws {
    let result = try failure(
      """
      dim obs = 4
      data x[i: obs] = if i == 3 then -1 else 2
      data y[i: obs] = 0.5 * i

      mu ~ Normal(0, 1)
      y[i: obs] ~ Normal(mu, sqrt(x[i] * exp(mu)))
      factor slope = -mu^2
      """
    )
    #expect(result.errors.contains("no start was found"))
    let rows = rows(result)
    try #require(rows.count == 4, "\(result.errors)")
    #expect(
      rows[0] == ["statement", "line", "log density", "first offending element"]
    )
    #expect(
      rows.dropFirst().map { Array($0.prefix(2)) } == [["mu", "5"], ["y", "6"], ["slope", "7"]]
    )
    #expect(rows[2][2...] == ["nan", "y[3]: nan"])
    for row in [rows[1], rows[3]] {
      #expect(row.count == 3)
      #expect(Double(row[2])?.isFinite == true)
    }
  }

  @Test func elementsHaveTheirLabels() throws {
    let result = try failure(
      """
      dim site = ["north", "south"], year = 2001..2003
      data w[s: site, t: year] = if s == site("south") and t == 2002 then 0 else 1
      data z[s: site, t: year] = 0.5

      mu ~ Normal(0, 1)
      z[s: site, t: year] ~ Normal(mu, exp(mu) / w[s, t])
      factor f[t: year[2002..]] = log(w["south", t] * exp(mu))
      """
    )
    let rows = rows(result)
    try #require(rows.map(\.first) == ["statement", "mu", "z", "f"], "\(result.errors)")
    #expect(rows[2].last == "z[\"south\",2002]: -inf")
    #expect(rows[3].last == "f[2002]: -inf")
  }
}
