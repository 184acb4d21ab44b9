import PPLPosteriorAnalysis
import PPLReporting
import Testing

/// Pictures of reports, of usual draws and of all that may be wrong with them.
@Suite struct PlotTests {
  /// Draws by name of what is special about them.
  private static let draws: [(name: String, draws: ScalarDraws)] = {
    func made(_ chains: Int, _ count: Int, _ value: (Int) -> Double) -> ScalarDraws {
      ScalarDraws((0..<chains * count).map(value), chainCount: chains, drawCount: count)
    }
    let usual = { (index: Int) in Double(index * 7919 % 1009) / 100 }
    return [
      ("usual", made(4, 1000, usual)), ("one chain", made(1, 500, usual)),
      ("many chains", made(40, 20, usual)), ("one draw", made(1, 1, usual)),
      ("two draws", made(2, 1, usual)), ("constant", made(2, 50) { _ in 3 }),
      ("zero", made(2, 50) { _ in 0 }), ("whole", made(4, 100) { Double($0 % 5) }),
      ("truth values", made(2, 100) { Double($0 % 2) }),
      ("some NaN", made(2, 100) { $0 % 10 == 0 ? .nan : usual($0) }),
      ("all NaN", made(2, 10) { _ in .nan }),
      ("infinite", made(2, 100) { $0 == 3 ? .infinity : $0 == 4 ? -.infinity : usual($0) }),
      ("huge", made(2, 100) { usual($0) * 1e300 }), ("tiny", made(2, 100) { usual($0) * 1e-300 }),
      ("far from 0", made(2, 100) { 1e9 + usual($0) * 1e-4 }),
      ("heavy tail", made(2, 100) { $0 == 7 ? 1e12 : usual($0) }),
    ]
  }()

  private static func pictures(_ name: String, _ draws: ScalarDraws) -> [SVG] {
    let accuracy = PredictiveAccuracy.leaveOneOut(
      [draws.values.map { $0.isFinite ? max(-50, min($0, 50)) : 0 }, draws.values.map { _ in -1 }],
      relativeEfficiency: 1
    )
    let check = PredictiveCheck(
      quantity: name,
      statistic: "mean",
      observed: [1],
      replicated: draws.values
    )
    let pairs = PairPlot(
      [(name, draws.values), ("b", draws.values.reversed()), ("<c>", draws.values)],
      divergent: draws.values.indices.map { $0 % 50 == 0 }
    )
    let steps = draws.values.indices.map(Double.init)
    let curves = ["a", "b", "c"].map { CurvePlot.Curve($0, xs: steps, ys: draws.values) }
    let pictures: [SVG?] = [
      DensityPlot(name, draws).svg, TracePlot(name, draws).svg, RankPlot(name, draws).svg,
      IntervalPlot(name, [.init(name, draws), .init("b[\"a & b\"]", draws)]).svg, pairs.svg,
      EnergyPlot(draws).svg, ShapePlot(["y[1]", "y[2]"], accuracy).svg,
      PredictivePlot(name, observed: draws.values, replicated: [draws.values]).svg,
      CheckHistogram(check).map { CheckPlot($0).svg },
      CurvePlot(name, xLabel: "step", curves).svg,
    ]
    return pictures.compactMap { $0 }
  }

  @Test(arguments: draws.map(\.name))
  func everyPictureIsWellFormed(_ name: String) throws {
    let draws = try #require(Self.draws.first { $0.name == name }).draws
    let pictures = Self.pictures(name, draws)
    #expect(pictures.count >= 7)
    for picture in pictures {
      let markup = try Markup(picture.text)
      // No coordinate is a word: numbers that are none are left out.
      for (element, attribute, value) in markup.attributes {
        guard
          ["x", "y", "x1", "x2", "y1", "y2", "d", "width", "height", "viewBox"].contains(attribute)
        else { continue }
        let isNumeric = value.allSatisfy { $0.isNumber || "-. MLhZ".contains($0) }
        #expect(isNumeric, "\(picture.title): \(attribute) of \(element) is \(value)")
      }
    }
  }

  @Test(arguments: draws.map(\.name))
  func everyPictureHasATextAlternative(_ name: String) throws {
    let draws = try #require(Self.draws.first { $0.name == name }).draws
    for picture in Self.pictures(name, draws) {
      #expect(picture.text.hasPrefix("<svg role=\"img\""))
      #expect(!picture.title.isEmpty)
      #expect(picture.description.contains { $0.isNumber }, "\(picture.title)")
      #expect(picture.text.contains("<desc>\(escaped(picture.description))</desc>"))
    }
  }

  /// Places of the picture: what is drawn of usual draws is inside of its frame.
  @Test func linesStayInsideOfThePicture() throws {
    for picture in Self.pictures("mu", Self.draws[0].draws) {
      for (element, attribute, value) in try Markup(picture.text).attributes
      where element == "path" && attribute == "d" {
        let numbers = value.split { "MLhZ ".contains($0) }.compactMap { Double($0) }
        #expect(numbers.allSatisfy { $0 >= -1 && $0 <= max(picture.width, picture.height) + 1 })
      }
    }
  }

  @Test func aPageNeedsNothingElse() throws {
    var page = FitPage(title: "fit of <model> & \"others\"")
    page.facts = [("engine", "nuts"), ("model", "a<b>.ppl")]
    page.lacking = ["the text of the model"]
    page.warnings = [
      .poorApproximation(shape: 0.9), .unfinished("it did not come to rest, <b>"),
    ]
    page.essLimit = 400
    let density = DensityEstimate(Self.draws[0].draws.values)
    let own = summary(1.5, 0.5, mcse: 0.01, rhat: 1.2)
    page.model = [
      MarkedLine(
        "mu ~ Normal(0, 1) # <script>",
        marks: [.scalar(name: "mu", summary: own, density: density)]
      ),
      MarkedLine("x[i: n] ~ Normal(mu, 1)", marks: [.array(name: "x", means: [1, 2, .nan])]),
      MarkedLine(""),
    ]
    page.table = [
      ReportedArray(name: "mu", summaries: [own]),
      ReportedArray(
        name: "x",
        axes: [.strings(["a<b", "\"q\"", "c"])],
        summaries: [own, own, own]
      ),
    ]
    page.sections = [
      FitPage.Section("Plots", notes: ["a & b"], Self.pictures("mu", Self.draws[0].draws))
    ]
    let html = page.html
    let body = try #require(html.split(separator: "<body>").last?.split(separator: "</body>").first)
    _ = try Markup("<body>" + body + "</body>")
    for word in ["http:", "https:", "<script", "<link", "@import", "url(", "src=", "href="] {
      #expect(!html.contains(word), "\(word)")
    }
    for word in [
      "viewport", "prefers-color-scheme: dark", "mu = 1.50 ± 0.50", "x[&quot;a&lt;b&quot;]",
    ] {
      #expect(html.contains(word), "\(word)")
    }
    // The R-hat of each row is marked.
    #expect(html.ranges(of: "class=\"flag\"").count == 4)
  }

  @Test func aPageOfManyElementsSaysWhatIsLeftOut() {
    var page = FitPage(title: "large")
    let own = summary(1, 1, mcse: 0.1)
    let count = FitPage.greatestRowCount + 10
    page.table = [
      ReportedArray(
        name: "x",
        axes: [.positions(count)],
        summaries: [QuantitySummary](repeating: own, count: count)
      )
    ]
    #expect(page.html.contains("The first \(FitPage.greatestRowCount) of \(count) elements"))
    #expect(page.html.contains("x[\(FitPage.greatestRowCount)]"))
    #expect(!page.html.contains("x[\(FitPage.greatestRowCount + 1)]"))
  }

  /// A name that is too long loses its middle, and keeps it in a text for those who ask.
  @Test func longNamesAreCutInThePicture() {
    let name = "a_quantity_with_a_name_as_long_as_a_sentence[\"and a label that is longer still\"]"
    let svg = IntervalPlot("x", [.init(name, Self.draws[0].draws)]).svg
    #expect(svg.text.contains("<title>\(escaped(name))</title>"))
    #expect(svg.text.contains("…"))
  }
}
