import PPLInference
import PPLPosteriorAnalysis
import PPLTensorCore
import PPLVariational
import Synchronization

/// Starts of chains at draws of approximations that Pathfinder finds, one approximation for each chain.
///
/// Four paths lead to a normal distribution each; one of their draws is chosen by smoothed importance weights, as of
/// `pathfinder()`. The first metric has the variances of the path's estimate. All is in the coordinates that the chain begins with.
/// Chains whose paths lead nowhere begin as usual, and a note says so.
///
/// Source: Zhang, Carpenter, Gelman and Vehtari 2022, arXiv:2108.03782, section 5.
final class PathfinderStarts: Sendable {
  private let key: RandomKey
  private let cancellation: CancellationFlag?
  /// Why chains had to begin elsewhere.
  private let failures = Mutex<[Int: String]>([:])

  /// Paths of each chain, and draws of each path to choose from.
  private static let paths = 4
  private static let draws = 25
  /// Steps of each path: one that has not arrived by then costs more than it saves.
  private static let stepLimit = 100

  /// Nil where chains begin otherwise.
  init?(_ plan: ChainPlan, cancellation: CancellationFlag? = nil) {
    guard let settings = plan.hamiltonian, settings.start == .pathfinder else { return nil }
    key = RandomKey(seed: settings.seed).derived(Simulator.Purpose.start.rawValue)
    self.cancellation = cancellation
  }

  /// The start of a chain; nil where none was found.
  @Sendable func find(_ chain: Int, _ evaluator: any LogDensityEvaluator, _ dimension: Int)
    throws(EvaluationError) -> ChainStart?
  {
    guard dimension > 0 else { return nil }
    let key = key.derived(UInt64(chain))
    let probe = DensityProbe(evaluator, dimension: dimension, cancellation: cancellation)
    let found: (draws: Approximation, variances: [[Double]])
    var pathfinder = Pathfinder(paths: Self.paths, draws: Self.draws, key: key)
    pathfinder.stepLimit = Self.stepLimit
    do throws(ApproximationError) {
      found = try pathfinder.starts(probe)
    } catch {
      switch error {
      case .cancelled: return nil
      case .evaluation(let message): throw EvaluationError(message: message)
      case .noStart, .notFinite, .noMode:
        failures.withLock {
          $0[chain] = "at no point that was tried were the log density and its gradient finite"
        }
        return nil
      }
    }
    let weights = ImportanceWeights(logRatios: found.draws.logRatios)
    var generator = key.derived(UInt64(Self.paths)).makeGenerator()
    let chosen = weights.resample(1, uniform: generator.nextUniform())
    guard let draw = chosen.first, found.draws.logDensities[draw].isFinite else {
      failures.withLock { $0[chain] = "its draws lie outside of the support" }
      return nil
    }
    let variances = found.variances[draw / Self.draws]
    return ChainStart(
      position: Array(found.draws.positions[(draw * dimension)..<((draw + 1) * dimension)]),
      variances: variances.allSatisfy { $0 > 0 && $0.isFinite } ? variances : nil,
      gradientCount: found.draws.gradientCount
    )
  }

  /// A sentence for each chain that began elsewhere.
  var notes: [String] {
    failures.withLock { failures in
      failures.sorted { $0.key < $1.key }.map {
        "Pathfinder found no start for chain \($0.key + 1), which began as with `start: uniform`: \($0.value)"
      }
    }
  }
}
