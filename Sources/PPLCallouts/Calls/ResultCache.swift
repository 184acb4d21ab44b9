import Synchronization

/// Results of earlier calls by the bits of their arguments.
///
/// Two generations: when the young one is full it becomes the old one, whose entries are forgotten unless they are asked
/// for again. So memory is bounded, and what is in use stays.
final class ResultCache: Sendable {
  /// Numbers that a generation holds at most.
  private static let capacity = 1 << 22

  private struct Key: Hashable {
    var bits: [UInt64]
    var wantsDerivatives: Bool
  }

  private struct Generations {
    var young: [Key: (result: [Double], derivatives: [Double])] = [:]
    var old: [Key: (result: [Double], derivatives: [Double])] = [:]
    var count = 0
  }

  private let state = Mutex(Generations())

  /// What an equal call gave.
  func answer(to call: CalloutCall) -> CalloutAnswer? {
    guard let key = Self.key(call) else { return nil }
    return state.withLock { generations in
      if let known = generations.young[key] {
        return .result(known.result, derivatives: known.derivatives)
      }
      guard let known = generations.old[key] else { return nil }
      Self.insert(known, key, &generations)
      return .result(known.result, derivatives: known.derivatives)
    }
  }

  /// Keeps a result.
  func store(_ answer: CalloutAnswer, of call: CalloutCall) {
    guard case .result(let result, let derivatives) = answer, let key = Self.key(call) else {
      return
    }
    state.withLock { Self.insert((result, derivatives), key, &$0) }
  }

  private static func insert(
    _ entry: (result: [Double], derivatives: [Double]),
    _ key: Key,
    _ generations: inout Generations
  ) {
    if generations.count > capacity {
      generations.old = generations.young
      generations.young = [:]
      generations.count = 0
    }
    generations.young[key] = entry
    generations.count += key.bits.count + entry.result.count + entry.derivatives.count
  }

  /// Nil for calls whose answers differ from time to time or belong to one adjoint.
  private static func key(_ call: CalloutCall) -> Key? {
    guard call.adjoint == nil, call.seed == nil else { return nil }
    return Key(
      bits: call.arguments.map(\.bitPattern),
      wantsDerivatives: call.wantsDerivatives
    )
  }
}
