package import PPLInference
package import PPLModelCompiler
package import PPLPosteriorAnalysis

/// The draws of a run with what they say.
package struct Fit: Sendable {
  package let name: String
  package let engine: String
  package let path: String?
  package let seed: UInt64
  /// The model and data that the draws belong to.
  package internal(set) var bound: BoundModel
  package internal(set) var recorded: [RecordedQuantity]
  /// Quantities without prior, with the values that the fit found.
  package internal(set) var fitted: [(quantity: RecordedQuantity, values: [Double])] = []
  package let likelihoods: [PointwiseLikelihood]
  package let chainCount: Int
  /// Draws of each chain that count: what all chains have.
  package let drawCount: Int
  /// For each recorded quantity the first element of a row.
  private let offsets: [Int]
  private let rowWidth: Int
  private let likelihoodStart: Int
  /// By chain, `[draws, rowWidth]`.
  private let rows: [[Double]]
  /// By chain, `[draws, D]`: the draws on the unconstrained scale, where they were kept.
  package let positions: [[Double]]
  /// The coordinates of those: a weight for each element that has a choice; empty for those as written.
  let weights: [Double]
  package let sampler: SamplerDiagnostics
  package let warmupSeconds: Double
  package let samplingSeconds: Double
  package let work: SamplerWork
  package let totalSeconds: Double
  package let gradientEvaluations: Int
  /// Evaluations of the log density alone.
  package let densityEvaluations: Int
  package let wasInterrupted: Bool
  /// Where its chains stand, and what their positions are made of.
  package internal(set) var ends: (places: [ChainPlace], blocks: [CoordinateBlock])?
  /// Whether its files say where its chains stand.
  package internal(set) var isResumable = false
  /// What is known of it where the draws are those of an approximation.
  package internal(set) var approximation: ApproximationSummary?
  /// What its user should know of how it was made, a sentence each.
  package internal(set) var notes: [String] = []
  /// The marginal likelihood, where the engine gives it.
  package internal(set) var evidence: Evidence?
  /// How it went, where it went by steps.
  package internal(set) var training: TrainingSummary?

  init(
    name: String,
    engine: String,
    path: String?,
    seed: UInt64,
    bound: BoundModel,
    recorded: [RecordedQuantity],
    likelihoods: [PointwiseLikelihood],
    draws: [DrawCollector.ChainDraws],
    warmupSeconds: Double = 0,
    samplingSeconds: Double = 0,
    work: SamplerWork = SamplerWork(
      chainsSeconds: 0,
      warmupSeconds: 0,
      samplingSeconds: 0,
      samplingGradients: 0
    ),
    totalSeconds: Double = 0,
    gradientEvaluations: Int = 0,
    densityEvaluations: Int = 0,
    wasInterrupted: Bool = false
  ) {
    self.name = name
    self.engine = engine
    self.path = path
    self.seed = seed
    self.bound = bound
    self.recorded = recorded
    self.likelihoods = likelihoods
    // A chain that was stopped before its first draw tells nothing.
    let begun = draws.filter { $0.drawCount > 0 }
    chainCount = begun.count
    drawCount = begun.map(\.drawCount).min() ?? 0
    var offsets: [Int] = []
    var width = 0
    for quantity in recorded {
      offsets.append(width)
      width += quantity.count
    }
    self.offsets = offsets
    likelihoodStart = width
    rowWidth = likelihoods.reduce(width) { $0 + $1.labels.count }
    rows = begun.map(\.rows)
    positions = begun.map(\.positions)
    weights = begun.first?.weights ?? []
    sampler = SamplerDiagnostics(
      chains: begun.map {
        ChainStatistics(
          energies: $0.energies,
          divergenceCount: $0.divergenceCount,
          maxTreeDepthCount: $0.maxTreeDepthCount,
          drawCount: $0.drawCount
        )
      }
    )
    self.warmupSeconds = warmupSeconds
    self.samplingSeconds = samplingSeconds
    self.work = work
    self.totalSeconds = totalSeconds
    self.gradientEvaluations = gradientEvaluations
    self.densityEvaluations = densityEvaluations
    self.wasInterrupted = wasInterrupted
  }

  /// The draws of one element of a recorded quantity, chain by chain.
  package func draws(of quantity: Int, element: Int) -> ScalarDraws {
    let column = offsets[quantity] + element
    var values: [Double] = []
    values.reserveCapacity(chainCount * drawCount)
    for chain in rows {
      for draw in 0..<drawCount { values.append(chain[draw * rowWidth + column]) }
    }
    return ScalarDraws(values, chainCount: chainCount, drawCount: drawCount)
  }

  /// The log likelihoods of all observations, each in all draws, chain by chain.
  func logLikelihoods() -> [[Double]] {
    (likelihoodStart..<rowWidth).map { column in
      rows.flatMap { chain in
        (0..<drawCount).map { chain[$0 * rowWidth + column] }
      }
    }
  }

  /// Effective draws of each draw, over all quantities: what smoothed importance weights want to know.
  func relativeEfficiency() -> Double {
    var summarizer = Summarizer()
    var values: [Double] = []
    for (index, quantity) in recorded.enumerated() {
      for element in 0..<quantity.count {
        values.append(summarizer.relativeEfficiency(of: draws(of: index, element: element)))
      }
    }
    let finite = values.filter(\.isFinite)
    return finite.isEmpty ? 1 : finite.reduce(0, +) / Double(finite.count)
  }

  /// Everything that has values in a draw: what is recorded, then what is fitted.
  var quantities: [RecordedQuantity] { recorded + fitted.map(\.quantity) }

  /// The value of one of `quantities` in one draw.
  func value(of quantity: Int, chain: Int, draw: Int) -> ArraySlice<Double> {
    if quantity >= recorded.count { return fitted[quantity - recorded.count].values[...] }
    let start = draw * rowWidth + offsets[quantity]
    return rows[chain][start..<(start + recorded[quantity].count)]
  }

  /// Summaries of the elements of each recorded quantity, worked out on all cores.
  func elementSummaries() async -> [[QuantitySummary]] {
    let elements = recorded.enumerated().flatMap { index, quantity in
      (0..<quantity.count).map { (quantity: index, element: $0) }
    }
    let share = max(1, (elements.count + Self.summaryTasks - 1) / Self.summaryTasks)
    let pieces = stride(from: 0, to: elements.count, by: share).map {
      elements[$0..<min($0 + share, elements.count)]
    }
    let done = await withTaskGroup(of: (Int, [QuantitySummary]).self) { group in
      for (number, piece) in pieces.enumerated() {
        group.addTask {
          var summarizer = Summarizer()
          return (
            number,
            piece.map { summarizer.summary(of: draws(of: $0.quantity, element: $0.element)) }
          )
        }
      }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    var rest = pieces.indices.flatMap { done[$0] ?? [] }[...]
    return recorded.map { quantity in
      defer { rest = rest.dropFirst(quantity.count) }
      return Array(rest.prefix(quantity.count))
    }
  }

  /// Pieces that summaries are worked out in, enough for the cores to share them evenly.
  private static let summaryTasks = 32

  /// Summaries of all elements of all recorded quantities.
  package func summaries() -> [(name: String, quantity: Int, summary: QuantitySummary)] {
    var summarizer = Summarizer()
    var result: [(name: String, quantity: Int, summary: QuantitySummary)] = []
    for (index, quantity) in recorded.enumerated() {
      for (element, name) in quantity.elementNames.enumerated() {
        let draws = draws(of: index, element: element)
        result.append((name, index, summarizer.summary(of: draws)))
      }
    }
    return result
  }
}
