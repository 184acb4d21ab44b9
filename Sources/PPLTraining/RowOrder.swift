package import PPLTensorCore

/// The rows of a dimension in random order, again and again, each once an epoch.
///
/// Steps take them one after the other, also across the end of an epoch, so that all steps have as many. The order of each epoch
/// follows from the key and its number alone.
package struct RowOrder: Sendable {
  private var order: [Int32]
  private var next = 0
  private var epoch: UInt64 = 0
  private let key: RandomKey

  /// The order of `count` > 0 rows that a key determines.
  package init(count: Int, key: RandomKey) {
    order = (0..<Int32(count)).map { $0 }
    self.key = key
    shuffle()
  }

  /// The row that comes next.
  package mutating func take() -> Int32 {
    if next == order.count {
      epoch += 1
      next = 0
      shuffle()
    }
    defer { next += 1 }
    return order[next]
  }

  /// Goes on as if so many rows had been taken from the start.
  package mutating func skip(_ taken: Int) {
    epoch = UInt64(taken / order.count)
    next = taken % order.count
    shuffle()
  }

  private mutating func shuffle() {
    for index in order.indices { order[index] = Int32(index) }
    var generator = key.derived(epoch).makeGenerator()
    for index in stride(from: order.count - 1, to: 0, by: -1) {
      order.swapAt(index, generator.nextInt(below: index + 1))
    }
  }
}
