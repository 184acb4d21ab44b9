package import PPLJSON
import PPLPosteriorAnalysis

/// What simulation-based calibration says of each quantity.
package struct CalibrationReport: Sendable {
  /// The ranks of one quantity.
  package struct Quantity: Sendable {
    package var name: String
    /// One a replicate: how many draws lie below the truth.
    package var ranks: [Int]
    /// Probability of such ranks if they are uniform.
    package var probability: Double
    /// The same, adjusted for the number of quantities.
    package var adjusted: Double

    package init(name: String, ranks: [Int], probability: Double) {
      self.name = name
      self.ranks = ranks
      self.probability = probability
      adjusted = probability
    }
  }

  package var model: String
  package var seed: UInt64
  package var replicateCount: Int
  /// Greatest rank.
  package var drawCount: Int
  package var level: Double
  package var quantities: [Quantity]
  package var divergences: Int
  /// Replicates whose draws stayed more correlated than ranks allow.
  package var correlatedCount: Int
  /// Why replicates have no fit.
  package var failures: [String]

  /// Bins of the ranks that are shown.
  private static let binCount = 20
  /// Share of replicates that may fail.
  private static let greatestFailureShare = 0.02
  /// Rows that are shown at most, the least probable ones first.
  private static let rowLimit = 60

  package init(
    model: String,
    seed: UInt64,
    replicateCount: Int,
    drawCount: Int,
    level: Double,
    quantities: [Quantity],
    divergences: Int,
    correlatedCount: Int,
    failures: [String]
  ) {
    self.model = model
    self.seed = seed
    self.replicateCount = replicateCount
    self.drawCount = drawCount
    self.level = level
    self.quantities = quantities
    self.divergences = divergences
    self.correlatedCount = correlatedCount
    self.failures = failures
    for (index, value) in holmAdjusted(quantities.map(\.probability)).enumerated() {
      self.quantities[index].adjusted = value
    }
  }

  private var hasTooManyFailures: Bool {
    Double(failures.count) > Self.greatestFailureShare * Double(replicateCount + failures.count)
  }

  /// Whether no quantity's ranks are off, at the level of the whole family.
  package var hasPassed: Bool {
    quantities.allSatisfy { $0.adjusted >= level } && !hasTooManyFailures
  }

  /// Numbers of ranks in bins of nearly equal width.
  private func bins(_ quantity: Quantity) -> [Int] {
    let count = min(Self.binCount, drawCount + 1)
    var bins = [Int](repeating: 0, count: count)
    for rank in quantity.ranks { bins[rank * count / (drawCount + 1)] += 1 }
    return bins
  }

  /// The ranks as fractions of the greatest: mean, and variance relative to the uniform one.
  private func moments(_ quantity: Quantity) -> (mean: Double, spread: Double) {
    let values = quantity.ranks.map { (Double($0) + 0.5) / Double(drawCount + 1) }
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    return (mean, variance * 12)
  }

  /// What the ranks of a quantity that failed look like.
  private func shape(_ quantity: Quantity) -> String {
    let (mean, spread) = moments(quantity)
    // Six standard errors of a uniform variable's mean and variance would be far beyond doubt; half is telling.
    let error = 3 / Double(12 * quantity.ranks.count).squareRoot()
    if abs(mean - 0.5) > error { return mean > 0.5 ? "draws too low" : "draws too high" }
    return spread > 1 ? "draws too narrow" : "draws too wide"
  }

  /// The table that the command prints.
  package func text(withBins: Bool) -> String {
    let isBad = { (quantity: Quantity) in quantity.adjusted < level }
    var shown = quantities
    if shown.count > Self.rowLimit {
      shown = Array(shown.sorted { $0.probability < $1.probability }.prefix(Self.rowLimit))
    }
    let pointsOut = shown.contains(where: isBad)
    var rows = [["", "mean rank", "p", "p adjusted"] + (pointsOut ? [""] : [])]
    for quantity in shown {
      rows.append(
        [
          quantity.name, moments(quantity).mean.fixed(3), threeDigits(quantity.probability),
          threeDigits(quantity.adjusted),
        ] + (pointsOut ? [isBad(quantity) ? shape(quantity) : "-"] : [])
      )
    }
    var text = alignedTable(rows)
    if quantities.count > shown.count {
      text += "... \(quantities.count - shown.count) more quantities of greater p\n"
    }
    if withBins {
      text += "\nnumbers of ranks in \(min(Self.binCount, drawCount + 1)) bins\n"
      text += alignedTable(shown.map { [$0.name] + bins($0).map(String.init) })
    }
    if !failures.isEmpty {
      text += "\(failures.count) replicates have no fit; the first: \(failures[0])\n"
    }
    if correlatedCount > 0 {
      text += "\(correlatedCount) replicates have fewer effective draws than are ranked\n"
    }
    if divergences > 0 { text += "\(divergences) draws diverged\n" }
    let failed = quantities.count(where: isBad)
    text +=
      "\(replicateCount) replicates, ranks among \(drawCount) draws, \(quantities.count)"
      + " quantities, level \(significant(level, 3)): "
    text +=
      hasPassed
      ? "passed\n"
      : failed > 0
        ? "FAILED for \(failed) \(failed == 1 ? "quantity" : "quantities")\n"
        : "FAILED, as too many replicates have no fit\n"
    return text
  }

  /// The object that `--format json` prints.
  package var json: JSONValue {
    [
      "schema": .integer(RunReport.schema),
      "model": .string(model),
      "seed": .unsigned(seed),
      "replicates": .integer(replicateCount),
      "draws": .integer(drawCount),
      "level": .real(level),
      "quantities": .array(
        quantities.map { quantity in
          [
            "name": .string(quantity.name),
            "mean_rank": .real(moments(quantity).mean),
            "p": .real(quantity.probability),
            "p_adjusted": .real(quantity.adjusted),
            "passed": .bool(quantity.adjusted >= level),
            "bins": .integers(bins(quantity)),
          ] as JSONValue
        }
      ),
      "failed_replicates": .integer(failures.count),
      "correlated_replicates": .integer(correlatedCount),
      "divergences": .integer(divergences),
      "passed": .bool(hasPassed),
    ]
  }
}
