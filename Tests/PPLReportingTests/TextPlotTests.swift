import PPLPosteriorAnalysis
import PPLReporting
import Testing

/// Pictures made of characters.
@Suite struct TextPlotTests {
  /// A sample with a peak at 0, from −2 to 2, the first chain below and the second above.
  private let draws = ScalarDraws(
    (0..<400).map { number -> Double in
      let x = Double(number) / 200 - 1 + 1.0 / 400
      return x + x * x * x
    },
    chainCount: 2,
    drawCount: 200
  )

  @Test func aHistogramIsColumnsOverAnAxis() {
    #expect(
      TextHistogram("mu", draws).text == """
        mu
                                   ▁▄▄████▄▄▁
                                ▁▁▅██████████▅▁▁
                            ▂▂▂▆████████████████▆▂▂▂
                  ▂ ▂ ▂▆▂▆▆▆████████████████████████▆▆▆▂▆▂ ▂ ▂
          ▇▃▇▇▃▇▇▇█▇█▇████████████████████████████████████▇█▇█▇▇▇▃▇▇▃▇
          ████████████████████████████████████████████████████████████
          ──────────────┴───────────────┴──────────────┴──────────────
                       -1               0              1

        """
    )
  }

  @Test func aTraceIsALineAChain() {
    #expect(
      Sparklines("mu", draws).text == """
        mu, draws 1 to 200, means of 60 stretches from -1.97 to 1.96
          1 ▁▁▁▁▁▁▁▁▁▂▂▂▂▂▂▂▂▂▂▂▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄
          2 ▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▇▇▇▇▇▇▇▇▇▇█████████

        """
    )
  }

  @Test func ranksAreALineAChain() {
    #expect(
      RankPlot("mu", draws).text == """
        mu, ranks among all draws in 20 bins
          1 ██████████
          2           ██████████

        """
    )
  }

  @Test func intervalsShareAScale() {
    let shifted = ScalarDraws(draws.values.map { $0 / 2 + 1 }, chainCount: 2, drawCount: 200)
    #expect(
      TextIntervals([.init("mu", draws), .init("theta[1]", shifted)]).text == """
        mu        ─────────────────━━━━━━━━━━━●━━━━━━━━━━━─────────────────
        theta[1]                                 ─────────━━━━━●━━━━━─────────
                            -1                0                1

        """
    )
  }

  @Test(arguments: [
    [Double.nan, .nan], [1, 1], [0, 0], [.infinity, 1], [1e300, -1e300], [1e-300, 2e-300],
  ])
  func unusualDrawsHaveAPictureToo(_ values: [Double]) {
    let draws = ScalarDraws(values, chainCount: 1, drawCount: 2)
    for text in [
      TextHistogram("x", draws).text, Sparklines("x", draws).text, RankPlot("x", draws).text,
      TextIntervals([.init("x", draws)]).text,
    ] {
      #expect(text.hasPrefix("x"))
      #expect(text.hasSuffix("\n"))
      #expect(text.split(separator: "\n").allSatisfy { $0.count < 100 })
    }
  }

  @Test func noDrawsHaveAPictureToo() {
    let none = ScalarDraws([], chainCount: 0, drawCount: 0)
    #expect(TextHistogram("x", none).text == "x: no draw is finite\n")
    #expect(Sparklines("x", none).text == "x: no draw is finite\n")
  }
}
