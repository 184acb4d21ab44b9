/// Numbers one behind the other in memory that somebody else owns.
///
/// Places are checked in debug builds only: solvers read and write them in their innermost loops.
@safe
package struct Numbers {
  /// Where the first one lies.
  package let base: UnsafeMutablePointer<Double>

  /// The numbers from an address on.
  package init(_ base: UnsafeMutablePointer<Double>) {
    unsafe self.base = unsafe base
  }

  /// New memory, filled with zeros; its owner calls `deallocate`.
  static func allocate(_ count: Int) -> Numbers {
    let base = UnsafeMutablePointer<Double>.allocate(capacity: max(count, 1))
    unsafe base.initialize(repeating: 0, count: max(count, 1))
    return unsafe Numbers(base)
  }

  func deallocate() { unsafe base.deallocate() }

  package subscript(index: Int) -> Double {
    @inline(__always) get { unsafe base[index] }
    @inline(__always) nonmutating set { unsafe base[index] = newValue }
  }

  /// The numbers from a place on.
  @inline(__always)
  package func from(_ offset: Int) -> Numbers { unsafe Numbers(base + offset) }

  /// Takes over as many numbers from elsewhere.
  package func copy(_ source: Numbers, count: Int) {
    unsafe base.update(from: source.base, count: count)
  }

  func fill(_ value: Double, count: Int) {
    unsafe base.update(repeating: value, count: count)
  }

  /// Whether all are finite.
  func isFinite(count: Int) -> Bool {
    var sum = 0.0
    for index in 0..<count { sum += self[index] * 0 }
    return sum == 0
  }
}
