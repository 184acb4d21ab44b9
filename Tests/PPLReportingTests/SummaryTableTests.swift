import PPLPosteriorAnalysis
import PPLReporting
import Testing

func summary(
  _ mean: Double,
  _ sd: Double,
  mcse: Double,
  rhat: Double = 1.0012,
  ess: Double = 2034.6
) -> QuantitySummary {
  QuantitySummary(
    mean: mean,
    sd: sd,
    mcse: mcse,
    q5: mean - 1.645 * sd,
    median: mean,
    q95: mean + 1.645 * sd,
    essBulk: ess,
    essTail: ess / 2,
    rhat: rhat
  )
}

@Suite struct SummaryTableTests {
  @Test func rowsAreAlignedAndRoundedByTheirError() {
    let table = SummaryTable(arrays: [
      ReportedArray(name: "mu", summaries: [summary(4.4123, 3.31, mcse: 0.0724)]),
      ReportedArray(
        name: "theta",
        axes: [.strings(["ANOKA", "St \"X\""])],
        summaries: [summary(-0.56, 1.2, mcse: 0.21, rhat: 1.4), summary(12345.6, 4000, mcse: 153)]
      ),
      ReportedArray(
        name: "X",
        axes: [.integers([1990]), .positions(2)],
        summaries: [summary(1.5e-9, 2e-10, mcse: 4e-12), summary(1.25e12, 2e10, mcse: 4e8)]
      ),
      ReportedArray(
        name: "one",
        summaries: [summary(1, 0, mcse: 0, rhat: .nan, ess: 4000)]
      ),
      ReportedArray(
        name: "bad",
        summaries: [summary(.nan, .nan, mcse: .nan, rhat: .nan, ess: .nan)]
      ),
    ])
    #expect(
      table.text() == """
                                 mean        sd          q5      median         q95  ess_bulk  ess_tail   rhat       mcse
        mu                       4.41      3.31       -1.03        4.41        9.86      2035      1017  1.001      0.072
        theta["ANOKA"]           -0.6       1.2        -2.5        -0.6         1.4      2035      1017  1.400       0.21
        theta["St \\"X\\""]       12300      4000        5800       12300       18900      2035      1017  1.001        153
        X[1990,1]           1.500e-09  2.00e-10   1.171e-09   1.500e-09   1.829e-09      2035      1017  1.001    4.0e-12
        X[1990,2]          1.2500e+12  2.00e+10  1.2171e+12  1.2500e+12  1.2829e+12      2035      1017  1.001  400000000
        one                         1         0           1           1           1      4000      2000      -          0
        bad                       NaN       NaN         NaN         NaN         NaN         -         -      -          -

        """
    )
  }

  @Test func longArraysKeepTheirFirstRows() {
    func array(_ name: String, _ count: Int) -> ReportedArray {
      ReportedArray(
        name: name,
        axes: [.positions(count)],
        summaries: [QuantitySummary](repeating: summary(1, 1, mcse: 0.1), count: count)
      )
    }
    let arrays = [array("a", 2), array("b", 100), array("empty", 0), array("c", 5)]
    func firstWords(_ table: SummaryTable) -> [String] {
      table.text().split(separator: "\n").dropFirst().map {
        $0.hasPrefix("...") ? String($0) : String($0.prefix { $0 != " " })
      }
    }
    #expect(
      firstWords(SummaryTable(arrays: arrays, rowLimit: 9, fitName: "post")) == [
        "a[1]", "a[2]", "b[1]", "b[2]", "b[3]",
        "... 97 more rows of b, 100 in all; `show post.b` prints them", "c[1]", "c[2]", "c[3]",
        "... 2 more rows of c, 5 in all; `show post.c` prints them",
      ]
    )
    #expect(
      firstWords(SummaryTable(arrays: arrays, rowLimit: 2)) == [
        "a[1]", "... 1 more row of a, 2 in all; `--format json` has them all", "b[1]",
        "... 99 more rows of b, 100 in all; `--format json` has them all",
        "... 1 more quantity, 5 rows; `--format json` has them all",
      ]
    )
    #expect(firstWords(SummaryTable(arrays: arrays, rowLimit: nil)).count == 107)
    #expect(firstWords(SummaryTable(arrays: arrays, rowLimit: 107)).count == 107)
    #expect(firstWords(SummaryTable(arrays: arrays, rowLimit: -1)).first == "a[1]")
    #expect(SummaryTable(arrays: []).text().split(separator: "\n").count == 1)
  }

  @Test func elementsAreNamedAsTheLanguageWritesThem() {
    let axes: [AxisLabels] = [.positions(2), .strings(["a\\b\n", "c"]), .integers([-1, 7, 9])]
    #expect(elementName("X", axes: axes, 0) == #"X[1,"a\\b\n",-1]"#)
    #expect(elementName("X", axes: axes, 11) == #"X[2,"c",9]"#)
    #expect(elementName("mu", axes: [], 0) == "mu")
  }

  @Test func warningsSayWhatAndWhatToDo() throws {
    let report = DiagnosticReport(
      quantities: [("tau", summary(1, 1, mcse: 0.1, rhat: 1.5))],
      sampler: nil,
      chainCount: 4
    )
    #expect(
      warningText(try #require(report.warnings.first)) == """
        warning[rhat]: R-hat is above 1.01 for 1 of 1 quantity; the highest is 1.500 of tau
          = help: the chains disagree: run longer, and look for several modes or a parameter that the data do not identify

        """
    )
  }
}
