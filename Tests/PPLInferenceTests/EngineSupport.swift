import PPLInference
import PPLTypeSystem
import Testing

/// An engine with settings, as a program would name it.
struct EngineCase: Sendable, CustomTestStringConvertible {
  var name: String
  var words: [String: String] = [:]
  var numbers: [String: Double] = [:]
  var lists: [String: [String]] = [:]

  init(
    _ name: String,
    _ words: [String: String] = [:],
    _ numbers: [String: Double] = [:],
    lists: [String: [String]] = [:]
  ) {
    self.name = name
    self.words = words
    self.numbers = numbers
    self.lists = lists
  }

  var testDescription: String {
    let settings =
      words.map { "\($0.key): \($0.value)" } + numbers.map { "\($0.key): \($0.value)" }
      + lists.map { "\($0.key): \($0.value)" }
    return "\(name)(\(settings.sorted().joined(separator: ", ")))"
  }

  /// All engines of chains but `nuts`, each with the settings that change how it moves.
  static let all = [
    EngineCase("hmc"),
    EngineCase("hmc", ["adapt": "stan"], ["length": 2]),
    EngineCase("walnuts"),
    EngineCase("walnuts", ["adapt": "stan"], ["max_error": 0.2]),
    EngineCase("mams"),
    EngineCase("mams", [:], ["length": 2]),
    EngineCase("slice"),
    EngineCase("elliptical_slice"),
    EngineCase("elliptical_slice", [:], ["df": 20, "steps": 2]),
    EngineCase("metropolis"),
    EngineCase("metropolis", ["adapt": "diagonal"]),
    EngineCase("de"),
    EngineCase("ensemble"),
    EngineCase("ensemble", ["move": "de"]),
    EngineCase("tempering"),
    EngineCase("tempering", ["explore": "metropolis"], ["levels": 5]),
    EngineCase("gibbs"),
    EngineCase("gibbs", lists: ["slice": [""]]),
    EngineCase("gibbs", lists: ["metropolis": [""]]),
  ]

  /// Those of them that ask for densities alone.
  static let gradientFree = all.filter { !$0.usesGradient }

  /// Whether it asks for gradients; `gibbs` does where no part is moved otherwise.
  var usesGradient: Bool {
    guard let signature = EngineLibrary.chainEngine(name)?.signature else { return false }
    return signature.needs == .gradient || signature.movesBlocks && lists.isEmpty
  }

  /// What a run of it is made of; counts that are nil are the engine's own.
  func run(
    _ density: any LogDensity,
    _ sink: CollectingSink,
    chains: Int? = nil,
    warmup: Int? = nil,
    draws: Int,
    seed: UInt64 = 7,
    cancellation: CancellationFlag = CancellationFlag()
  ) -> SamplingRun? {
    guard let type = EngineLibrary.chainEngine(name) else { return nil }
    var values = EngineValues(type.signature)
    for (name, word) in words { values[word: name] = word }
    for (name, number) in numbers { values[number: name] = number }
    for (name, list) in lists { values[names: name] = list }
    if type.signature.joinsChains == false, let chains { values[count: "chains"] = chains }
    if let warmup { values[count: "warmup"] = warmup }
    values[count: "draws"] = draws
    let engine = type.init(values)
    return SamplingRun(
      logDensity: density,
      engine: engine,
      lengths: engine.lengths(values, dimension: density.dimension, seed: seed),
      sink: sink,
      cancellation: cancellation
    )
  }
}

/// Two well separated modes in two dimensions, three tenths of the mass at (−4, −4) and the rest at (4, 4), each with
/// standard deviation 1/2.
let twoModes = FunctionDensity(dimension: 2) { position, gradient in
  var (low, high) = (logarithm(0.3), logarithm(0.7))
  for index in 0..<2 {
    low -= 2 * (position[index] + 4) * (position[index] + 4)
    high -= 2 * (position[index] - 4) * (position[index] - 4)
  }
  let top = max(low, high)
  let total = exponential(low - top) + exponential(high - top)
  let share = exponential(high - top) / total
  for index in 0..<2 {
    gradient[index] = -4 * (position[index] + 4) * (1 - share) - 4 * (position[index] - 4) * share
  }
  return top + logarithm(total)
}
