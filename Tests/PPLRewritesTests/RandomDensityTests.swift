import PPLAutodiff
import PPLGraphIR
import PPLRewrites
import PPLTensorCore
import Testing

/// Every rewrite alone and all together keep value and gradient on sums grown at random.
@Suite struct RandomDensityTests {
  static let selections = Rewriter.rewrites.map(\.name) + ["all"]
  private static let samples = (0..<240).map { Sample(seed: $0) }

  /// A density with its gradient, at two points with the sums of absolute terms.
  struct Sample {
    let seed: UInt64
    let density: RandomDensity
    let gradient: Graph
    let points: [[Double]]
    let scales: [[Double]]

    init(seed: UInt64) {
      self.seed = seed
      let density = RandomDensity(seed: seed)
      let points = [density.point, density.point.map { 0.3 * $0 - 0.5 }]
      do {
        gradient = try PPLAutodiff.gradient(of: density.graph)
        scales = try points.map(density.scales)
      } catch {
        preconditionFailure("Every primitive in it has a derivative.")
      }
      self.density = density
      self.points = points
    }
  }

  private func selection(_ name: String) -> RewriteSelection {
    name == "all" ? .all : .only(name)
  }

  /// The bound is 1e-12 of the sum of absolute terms, for each derivative of that of its own terms.
  ///
  /// Terms
  /// that are sums themselves may cancel, so that 1e-3 of the whole scale is added for those near zero.
  @Test(arguments: selections)
  func valueAndGradientAreKept(_ name: String) throws {
    var firings = 0
    var worst = 0.0
    for sample in Self.samples {
      let graph = sample.density.graph
      let result = Rewriter.rewrite(graph, selection: selection(name))
      guard !result.applications.isEmpty else { continue }
      firings += 1
      try result.graph.checkInvariants()
      #expect(result.graph.work <= graph.work)
      #expect(result.graph.inputs == graph.inputs)
      let after = try gradient(of: result.graph)
      for (point, scales) in zip(sample.points, sample.scales) {
        let expected = sample.gradient.values(point)
        let actual = after.values(point)
        let whole = scales.reduce(0, max)
        for index in expected.indices {
          let error = (actual[index] - expected[index]).magnitude
          let share = error / (scales[index] + 1e-3 * whole + 1e-3)
          worst = max(worst, share)
          #expect(share <= 1e-12, "seed \(sample.seed), output \(index): \(error)")
        }
      }
    }
    print("\(name): \(firings) of \(Self.samples.count), worst \(worst)")
    #expect(firings >= Self.samples.count / 10)
  }

  /// Where a parameter is NaN or infinite, the value is not finite after a rewrite if it was not before.
  @Test(arguments: selections)
  func valuesThatAreNotFiniteStaySo(_ name: String) throws {
    for sample in Self.samples where sample.seed % 4 == 0 {
      let graph = sample.density.graph
      let result = Rewriter.rewrite(graph, selection: selection(name))
      for element in sample.density.point.indices {
        for value in [Double.nan, .infinity, -.infinity] {
          var point = sample.density.point
          point[element] = value
          let before = graph.values(point)[0]
          let after = result.graph.values(point)[0]
          if before.isFinite == after.isFinite { continue }
          // Products of an infinity and data that sum to zero are not zero.
          #expect(
            before.isFinite,
            "seed \(sample.seed), element \(element) \(value): \(before), \(after)"
          )
        }
      }
    }
  }

  /// What no row reads changes nothing, whatever it is.
  @Test(arguments: selections)
  func groupsWithoutRowsDoNotMatter(_ name: String) throws {
    for sample in Self.samples {
      let result = Rewriter.rewrite(sample.density.graph, selection: selection(name))
      let after = try gradient(of: result.graph)
      var point = sample.density.point
      for element in sample.density.unusedElements { point[element] = .infinity }
      for (before, after) in zip(sample.gradient.values(point), after.values(point)) {
        #expect(after.isFinite || !before.isFinite, "seed \(sample.seed)")
      }
    }
  }

  /// Without room for more elements a graph stays as it is.
  @Test func budgetIsRespected() {
    for sample in Self.samples where sample.seed % 10 == 0 {
      let result = Rewriter.rewrite(sample.density.graph, elementBudget: 16)
      #expect(result.applications.isEmpty)
      #expect(result.graph.description == sample.density.graph.description)
    }
  }
}
