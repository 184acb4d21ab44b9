import PPLInference
import PPLModelCompiler
import PPLSemantics
import PPLSyntax
import PPLTypeSystem

/// An engine of Markov chains as an `infer` statement and the caller's options set it.
struct ChainPlan: Sendable {
  let engine: any ChainEngine
  var lengths: ChainLengths

  /// What is known of the engine.
  var signature: EngineSignature { type(of: engine).signature }

  /// The settings of an engine that follows Hamiltonian trajectories; nil of others.
  var hamiltonian: NUTSSettings? {
    (engine as? any HamiltonianEngine)?.settings.with(lengths)
  }

  /// Whether the coordinates of hierarchical elements are chosen in the warm-up.
  var choosesCoordinates: Bool { hamiltonian?.choosesCoordinates ?? false }
}

extension DensityNeed {
  /// What an engine that moves through the log density needs of it.
  init(of engine: String) {
    let signature = EngineLibrary.standard[engine]
    if signature?.movesBlocks == true {
      self = .blocks
    } else {
      self = (signature?.needs ?? .gradient) == .gradient ? .gradient : .value
    }
  }
}

extension SamplerOptions {
  /// The engine of a statement over D parameters; `nuts()` where the statement is nil or makes no chains.
  func chains(_ inference: CheckedInference?, _ model: CheckedModel, dimension: Int, seed: UInt64)
    -> ChainPlan
  {
    let found = inference.flatMap { EngineLibrary.chainEngine($0.engine) }
    let type = found ?? NUTS.self
    let values = values(found == nil ? nil : inference, model, of: type.signature)
    let engine = type.init(values)
    var lengths = engine.lengths(values, dimension: dimension, seed: seed)
    if let seed = self.seed { lengths.seed = seed }
    return ChainPlan(engine: engine, lengths: lengths)
  }

  /// The lengths of draws from the prior.
  func priorLengths(_ inference: CheckedInference, _ model: CheckedModel, seed: UInt64)
    -> ChainLengths
  {
    let values = values(inference, model, of: .prior)
    return ChainLengths(
      chains: values[count: "chains"] ?? 4,
      warmup: 0,
      draws: values[count: "draws"] ?? 1000,
      seed: self.seed ?? values[count: "seed"].map { UInt64($0) } ?? seed
    )
  }

  /// The settings of a statement with those of the caller over them.
  func values(
    _ inference: CheckedInference?,
    _ model: CheckedModel,
    of signature: EngineSignature
  ) -> EngineValues {
    var values = EngineValues(signature)
    for (label, setting) in inference?.settings ?? [:] {
      switch setting {
      case .number(let number): values[number: label] = number
      case .word(let word): values[word: label] = word
      case .quantities(let ids):
        values[names: label] = ids.map { model.variables[$0.index].name.text }
      default: break
      }
    }
    if let chains { values[count: "chains"] = chains }
    if let warmup { values[count: "warmup"] = warmup }
    if let draws { values[count: "draws"] = draws }
    if let adaptation, case .word(let words)? = signature.setting("adapt")?.kind,
      words.contains(adaptation.rawValue)
    {
      values[word: "adapt"] = adaptation.rawValue
    }
    return values
  }
}
