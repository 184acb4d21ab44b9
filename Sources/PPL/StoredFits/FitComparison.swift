import PPLInference
package import PPLPosteriorAnalysis
import PPLReporting
import PPLTensorCore
import PPLTypeSystem

/// Fits of the same observations side by side: how well each predicts, and where their posteriors differ.
public struct FitComparison: Sendable {
  /// One of the fits.
  package struct Entry: Sendable {
    /// What it is called in the tables: its directory, without what all have in common.
    package var name: String
    package var path: String
    package var engine: String?
    /// Leave-one-out cross-validation.
    package var loo: PredictiveAccuracy
    package var waic: PredictiveAccuracy
    /// elpd behind that of the best, and the standard error of the difference.
    package var difference = 0.0
    package var differenceError = 0.0
    package var stackingWeight = 1.0
    package var pseudoAverageWeight = 1.0
  }

  /// An element that several of the fits have.
  package struct SharedElement: Sendable {
    package var name: String
    /// By fit in the order of `entries`; nil where it has it not.
    package var summaries: [QuantitySummary?]

    /// The greatest difference of means, in pooled standard deviations: √ of the mean of the two variances.
    package var distance: Double {
      let known = summaries.compactMap { $0 }
      var greatest = 0.0
      for (number, a) in known.enumerated() {
        for b in known[..<number] {
          let pooled = ((a.sd * a.sd + b.sd * b.sd) / 2).squareRoot()
          let difference = abs(a.mean - b.mean)
          if difference > 0 { greatest = max(greatest, difference / pooled) }
        }
      }
      return greatest
    }
  }

  /// The fits, the best one first.
  package let entries: [Entry]
  /// Elements that at least two fits have, in the order of the first fit given.
  package let shared: [SharedElement]
  package let observationCount: Int
  /// What should be known of the figures, a sentence each.
  public private(set) var remarks: [String] = []

  /// Compares fits.
  ///
  /// - Parameter fits: at least two.
  /// - Throws: where they are not fits of the same observations, or one has no log likelihoods.
  public init(_ fits: [StoredFit]) throws(StoredFitError) {
    guard fits.count > 1 else {
      throw StoredFitError(
        code: "E0823",
        message: "one fit alone cannot be compared",
        help: "name two or more: `ppl compare a.fit.zarr b.fit.zarr`"
      )
    }
    try Self.requireSameObservations(fits)
    let names = Self.shortNames(fits.map(\.path))
    var entries: [Entry] = []
    for (fit, name) in zip(fits, names) {
      let values = try fit.logLikelihoods()
      guard values.joined().allSatisfy(\.isFinite) else {
        throw StoredFitError(
          code: "E0823",
          message:
            "\(fit.path) has log likelihoods that are not finite, so its accuracy cannot be estimated",
          help: "look for draws under which an observation is impossible"
        )
      }
      entries.append(
        Entry(
          name: name,
          path: fit.path,
          engine: fit.engine,
          loo: PredictiveAccuracy.leaveOneOut(
            values,
            relativeEfficiency: try fit.relativeEfficiency()
          ),
          waic: PredictiveAccuracy.widelyApplicable(values)
        )
      )
    }
    observationCount = entries[0].loo.pointwise.count
    let elpds = entries.map(\.loo.elpd)
    let order = elpds.indices.sorted { (elpds[$0], $1) > (elpds[$1], $0) }
    let pointwise = entries.map(\.loo.pointwise)
    let stacking = stackingWeights(pointwise)
    // Its own stream, so that a comparison is the same each time.
    var generator = RandomKey(seed: 0).makeGenerator()
    let averages = pseudoAverageWeights(pointwise) { generator.nextUniform() }
    for index in entries.indices {
      let best = pointwise[order[0]]
      let differences = zip(best, pointwise[index]).map { $0 - $1 }
      let mean = differences.reduce(0, +) / Double(differences.count)
      let squares = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      entries[index].difference = differences.reduce(0, +)
      entries[index].differenceError = squares.squareRoot()
      entries[index].stackingWeight = stacking[index]
      entries[index].pseudoAverageWeight = averages[index]
    }
    self.entries = order.map { entries[$0] }
    shared = try Self.sharedElements(fits, order)
    for entry in self.entries where entry.loo.unreliableCount > 0 {
      remarks.append(
        "\(entry.name): Pareto k is above \(entry.loo.greatestShape.fixed(2)) for \(entry.loo.unreliableCount) of"
          + " \(observationCount) observations, whose share of elpd cannot be trusted; fit again without them to be sure"
      )
    }
    for entry in self.entries {
      guard let engine = entry.engine, EngineLibrary.standard[engine]?.kind == .approximation
      else { continue }
      remarks.append(
        "\(entry.name): draws of `\(engine)` are those of an approximation, and its elpd is as good as that"
      )
    }
    if observationCount < 30 {
      remarks.append(
        "with \(observationCount) observations standard errors of elpd are rough themselves"
      )
    }
  }

  // MARK: What may be compared

  /// Refuses fits whose observations differ by name, number or value.
  private static func requireSameObservations(_ fits: [StoredFit]) throws(StoredFitError) {
    let first = fits[0]
    let names = try first.likelihoodNames()
    let data = try first.observedData()
    for fit in fits {
      let own = try fit.likelihoodNames()
      guard !own.isEmpty, fit.chainCount * fit.drawCount > 1 else {
        throw StoredFitError(
          code: "E0823",
          message: "\(fit.path) has no log likelihoods to compare by"
            + (fit.engine.map { ": it was made by `\($0)`" } ?? ""),
          help:
            "they are kept of observed statements by engines that draw from the posterior, such as `nuts()`"
        )
      }
      if let reason = difference(names, own) {
        throw StoredFitError(
          code: "E0823",
          message: "\(first.path) and \(fit.path) have different observations: \(reason)",
          help:
            "accuracies compare only over the same observations: fit both models to the same data"
        )
      }
      for variable in try fit.observedData() {
        guard let other = data.first(where: { $0.name == variable.name }) else { continue }
        let isSame =
          other.values.count == variable.values.count
          && zip(other.values, variable.values).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
        guard isSame else {
          throw StoredFitError(
            code: "E0823",
            message: "\(first.path) and \(fit.path) have different values of `\(variable.name)`",
            help:
              "accuracies compare only over the same observations: fit both models to the same data"
          )
        }
      }
    }
  }

  /// In what two lists of observations differ; nil if in nothing.
  private static func difference(_ first: [String], _ second: [String]) -> String? {
    guard first != second else { return nil }
    func variables(_ names: [String]) -> [String] {
      var seen: Set<String> = []
      return names.map { String($0.prefix { $0 != "[" }) }.filter { seen.insert($0).inserted }
    }
    let (a, b) = (variables(first), variables(second))
    if a != b {
      let text = { (names: [String]) in names.map { "`\($0)`" }.joined(separator: ", ") }
      return "\(text(a)), and \(text(b))"
    }
    if first.count != second.count { return "\(first.count), and \(second.count)" }
    let place = zip(first, second).first { $0 != $1 }
    return "`\(place?.0 ?? "")`, and `\(place?.1 ?? "")`"
  }

  /// The last parts of paths that tell them apart, without the endings of fits.
  private static func shortNames(_ paths: [String]) -> [String] {
    let parts = paths.map { $0.split(separator: "/").map(String.init) }
    let longest = parts.map(\.count).max() ?? 1
    for count in 1...max(longest, 1) {
      let names = parts.map { $0.suffix(count).joined(separator: "/") }
      if Set(names).count == names.count {
        return names.map { name in
          var name = name
          for ending in [".zarr", ".fit"] where name.hasSuffix(ending) {
            name.removeLast(ending.count)
          }
          return name
        }
      }
    }
    return paths.enumerated().map { "\($0.offset + 1): \($0.element)" }
  }

  private static func sharedElements(_ fits: [StoredFit], _ order: [Int]) throws(StoredFitError)
    -> [SharedElement]
  {
    var names: [String] = []
    var found: [String: [QuantitySummary?]] = [:]
    for (number, fit) in fits.enumerated() {
      for array in try fit.summaries() {
        for (index, summary) in array.summaries.enumerated() {
          let name = array.elementName(index)
          if found[name] == nil {
            names.append(name)
            found[name] = [QuantitySummary?](repeating: nil, count: fits.count)
          }
          found[name]?[number] = summary
        }
      }
    }
    return names.compactMap { name in
      guard let all = found[name], all.count(where: { $0 != nil }) > 1 else { return nil }
      return SharedElement(name: name, summaries: order.map { all[$0] })
    }
  }
}
