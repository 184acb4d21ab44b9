import PPLInference
import PPLSourceText
import PPLStorage
import PPLTensorCore
import PPLTypeSystem

/// Where the chains of an earlier fit ended, and the variances they had found: a start for a fit of much the same model.
///
/// Parameters are matched by name and size. The others begin by chance.
struct WarmStart: Sendable {
  /// The fit, in messages.
  private let name: String
  private var places: [ChainPlace] = []
  private var blocks: [CoordinateBlock] = []

  /// Iterations of the warm-up where the program sets none: metric and place are near their final ones.
  static let warmup = 200

  /// Half-width of the uniform starts of parameters that are new; Stan's convention.
  private static let radius = 2.0

  /// Reads where the chains of a fit stand.
  ///
  /// - Throws: where it has no checkpoint of chains that can be read.
  init(path: String) throws(SamplingFailure) {
    name = path
    while let bytes = try? readFile(path + "/" + ChainSaving.fileName(chain: places.count)) {
      do {
        let saved = try StateFile.value(SavedPlace.self, of: bytes)
        blocks = saved.blocks
        places.append(saved.state)
      } catch {
        throw Self.unusable(path, "its checkpoint cannot be read, since \(error.reason)")
      }
      guard places.last?.position.count == blocks.map(\.range.upperBound).max() ?? 0 else {
        throw Self.unusable(path, "its checkpoint contradicts itself")
      }
    }
    guard !places.isEmpty else {
      throw Self.unusable(path, "it has no checkpoint of Markov chains")
    }
  }

  /// Where the chains of a fit of this process stand; nil where it has none.
  init?(_ fit: Fit) {
    guard let ends = fit.ends, !ends.places.isEmpty else { return nil }
    name = "the earlier `\(fit.name)`"
    places = ends.places
    blocks = ends.blocks
  }

  private static func unusable(_ path: String, _ reason: String) -> SamplingFailure {
    .data([
      Diagnostic(
        code: "E0824",
        message: "no fit can begin with the draws of \(path): \(reason)",
        help: "name a fit by chains of much the same model, or leave out --from"
      )
    ])
  }

  /// What is read of a checkpoint, whatever its engine.
  private struct SavedPlace: Decodable {
    var blocks: [CoordinateBlock]
    var state: ChainPlace
  }

  /// Whether some parameter is one of a model's.
  func suits(_ new: [CoordinateBlock]) -> Bool {
    new.contains { block in
      blocks.contains { $0.name == block.name && $0.range.count == block.range.count }
    }
  }

  /// The starts of a run, as the model is written.
  ///
  /// - Parameters:
  ///   - run: the run, with its density.
  ///   - new: what its positions are made of.
  /// - Returns: the starts, and what is to be told of them.
  /// - Throws: where no parameter is known, or the density cannot be evaluated.
  func starts(of run: SamplingRun, blocks new: [CoordinateBlock]) throws(SamplingFailure)
    -> (starts: ChainStarts, text: String)
  {
    let dimension = run.logDensity.dimension
    let matches = new.compactMap { block in
      blocks.first { $0.name == block.name && $0.range.count == block.range.count }
        .map { (to: block.range, from: $0.range) }
    }
    let known = matches.map(\.to.count).reduce(0, +)
    guard known > 0 else {
      throw Self.unusable(name, "none of its parameters is one of this model's")
    }
    let evaluator = run.logDensity.makeEvaluator()
    let choices = run.logDensity.centeredElements.count
    let written = Centering(weights: [Double](repeating: 1, count: choices))
    var generator = RandomKey(seed: run.lengths.seed).derived(Simulator.Purpose.start.rawValue)
      .makeGenerator()
    var result = ChainStarts()
    for chain in 0..<run.lengths.chains {
      let old = places[chain % places.count]
      var position = (0..<dimension).map { _ in
        Self.radius * (2 * generator.nextUniform() - 1)
      }
      var variances = [Double](repeating: 1, count: dimension)
      for (to, from) in matches {
        position.replaceSubrange(to, with: old.position[from])
        if let own = old.variances { variances.replaceSubrange(to, with: own[from]) }
      }
      if choices > 0 {
        // Coordinates that were chosen carry over where the same can be chosen.
        if let centering = old.centering, centering.weights.count == choices {
          evaluator.adopt(centering)
          position = evaluator.position(position, in: written)
        }
        evaluator.adopt(written)
      }
      let isFinite: Bool
      do { isFinite = try run.isFinite(position, evaluator) } catch {
        throw .run(message: error.message)
      }
      result.positions.append(isFinite ? position : nil)
      result.variances.append(isFinite && old.variances != nil ? variances : nil)
    }
    let lost = result.positions.count { $0 == nil }
    var text = "begins where \(name) ended"
    if known < dimension { text += ", with \(known) of \(dimension) parameters" }
    if lost > 0 {
      text +=
        "; \(lost) of \(run.lengths.chains) chains by chance, as the density is not finite there"
    }
    return (result, text)
  }
}

/// The fit that chains begin with.
enum WarmStartSource: Sendable {
  case stored(path: String)
  case fit(WarmStart)
}

/// Where the chains of a run begin; it lies in the fit's directory, so that chains can begin there again.
struct ChainStarts: Sendable, Codable {
  /// Of each chain, nil for a start by chance.
  var positions: [[Double]?] = []
  /// First metric of each chain.
  var variances: [[Double]?] = []

  /// Its name in the directory of a fit.
  static let fileName = "start.state"

  /// Those of a fit that was begun.
  init?(in folder: String) {
    guard let bytes = try? readFile(folder + "/" + Self.fileName),
      let own = try? StateFile.value(ChainStarts.self, of: bytes)
    else { return nil }
    self = own
  }

  init() {}
}

extension SamplingRun {
  /// Whether the density, and the gradient if the engine needs it, are finite.
  fileprivate func isFinite(_ position: [Double], _ evaluator: any LogDensityEvaluator)
    throws(EvaluationError) -> Bool
  {
    guard type(of: engine).signature.needs == .gradient else {
      return try evaluator.logDensity(at: position.span).isFinite
    }
    var gradient = [Double](repeating: 0, count: position.count)
    var span = gradient.mutableSpan
    let value = try evaluator.evaluate(at: position.span, gradient: &span)
    return value.isFinite && gradient.allSatisfy(\.isFinite)
  }
}
