// The one file of this target with unsafe memory. All vectors of a chain lie in one block, padded with
// zeros to whole SIMD4 blocks, so that loops need neither bounds checks nor a remainder and two states
// can be read and written at once. (Arrays of arrays cost an exclusivity check and a uniqueness check
// for each vector of each leapfrog step, which is as much as the gradient of a small model.)

/// Index of one state of a trajectory in its pool.
typealias Slot = Int

/// One padded vector of a state or of the metric, valid until its pool grows.
@unsafe
struct VectorHandle {
  private let base: UnsafeMutablePointer<Double>

  init(_ base: UnsafeMutablePointer<Double>) {
    unsafe self.base = base
  }

  /// Four neighbouring elements.
  subscript(block: Int) -> SIMD4<Double> {
    @inline(__always) get {
      unsafe UnsafeRawPointer(base).load(fromByteOffset: block &* 32, as: SIMD4<Double>.self)
    }
    @inline(__always) nonmutating set {
      unsafe UnsafeMutableRawPointer(base)
        .storeBytes(of: newValue, toByteOffset: block &* 32, as: SIMD4<Double>.self)
    }
  }

  /// The element at an index.
  subscript(element index: Int) -> Double {
    @inline(__always) get { unsafe base[index] }
    @inline(__always) nonmutating set { unsafe base[index] = newValue }
  }

  /// The first `count` elements, to read.
  func buffer(_ count: Int) -> UnsafeBufferPointer<Double> {
    unsafe UnsafeBufferPointer(start: base, count: count)
  }

  /// The first `count` elements, to write.
  func mutableBuffer(_ count: Int) -> UnsafeMutableBufferPointer<Double> {
    unsafe UnsafeMutableBufferPointer(start: base, count: count)
  }
}

/// The states of one chain's trajectory and its metric, in memory that is made once and reused.
///
/// A state is a point of phase space with what was computed there. States are counted: `acquire` gives
/// one, `release` takes back one of its references, and `releaseAll(except:)` starts afresh.
///
/// Invariant: elements from D up to the padded length are zero in every vector.
@safe
struct StatePool: ~Copyable {
  /// The vectors of a state.
  enum Component: Int, CaseIterable {
    /// θ, the position on the unconstrained scale.
    case position
    /// g, the gradient of the log density at θ.
    case gradient
    /// p, the momentum in units of its own scale, so that it is the velocity too.
    case momentum
    /// P, the sum of these momenta from the start of the trajectory to this state, in time order.
    case momentumSum
  }

  /// What a state has beside its vectors.
  struct Header {
    /// Log density at the position.
    var logDensity = 0.0
    /// Total energy H = −log density + p·p / 2.
    var energy = 0.0
    /// Signed number of steps from the start of the trajectory.
    var index = 0
    fileprivate var referenceCount = 0
    fileprivate var nextFree: Slot = -1
  }

  /// Number of parameters, D.
  let dimension: Int
  /// Number of SIMD4 blocks of a vector.
  let blockCount: Int

  private var capacity = 0
  private var firstFree: Slot = -1
  private var memory: UnsafeMutablePointer<Double>
  private var headers: UnsafeMutablePointer<Header>
  /// The diagonal of M^-½.
  private let metric: UnsafeMutablePointer<Double>

  /// A pool of `capacity` free states of D elements and the unit metric.
  init(dimension: Int, capacity: Int) {
    self.dimension = dimension
    blockCount = (dimension + 3) / 4
    unsafe memory = Self.allocate(0)
    unsafe headers = UnsafeMutablePointer<Header>.allocate(capacity: 0)
    unsafe metric = Self.allocate(blockCount * 4)
    reserve(capacity)
    setInverseMass([Double](repeating: 1, count: dimension))
  }

  deinit {
    unsafe memory.deallocate()
    unsafe headers.deallocate()
    unsafe metric.deallocate()
  }

  /// `count` zeros.
  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Double> {
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Double>.stride,
      alignment: 64
    )
    let pointer = unsafe raw.bindMemory(to: Double.self, capacity: max(count, 1))
    unsafe pointer.initialize(repeating: 0, count: max(count, 1))
    return unsafe pointer
  }

  private var stateStride: Int { Component.allCases.count * blockCount * 4 }

  /// Makes room for at least `newCapacity` states; handles taken before are no longer valid.
  mutating func reserve(_ newCapacity: Int) {
    guard newCapacity > capacity else { return }
    let newMemory = unsafe Self.allocate(newCapacity * stateStride)
    unsafe newMemory.update(from: memory, count: capacity * stateStride)
    let newHeaders = UnsafeMutablePointer<Header>.allocate(capacity: newCapacity)
    unsafe newHeaders.initialize(repeating: Header(), count: newCapacity)
    unsafe newHeaders.update(from: headers, count: capacity)
    unsafe memory.deallocate()
    unsafe headers.deallocate()
    unsafe memory = unsafe newMemory
    unsafe headers = unsafe newHeaders
    for slot in stride(from: newCapacity - 1, through: capacity, by: -1) {
      unsafe headers[slot].nextFree = firstFree
      firstFree = slot
    }
    capacity = newCapacity
  }

  /// A vector of a state.
  @inline(__always)
  func vector(_ component: Component, _ slot: Slot) -> VectorHandle {
    unsafe VectorHandle(memory + (slot &* 4 &+ component.rawValue) &* (blockCount &* 4))
  }

  /// S = M^-½, the standard deviations that the metric assumes.
  @inline(__always)
  var scale: VectorHandle { unsafe VectorHandle(metric) }

  /// The scalars of a state.
  @inline(__always)
  subscript(slot: Slot) -> Header {
    get { unsafe headers[slot] }
    set { unsafe headers[slot] = newValue }
  }

  /// Calls `body` with a vector of a state.
  func withSpan<Result>(
    _ component: Component,
    _ slot: Slot,
    _ body: (Span<Double>) throws -> Result
  ) rethrows -> Result {
    let buffer = unsafe vector(component, slot).buffer(dimension)
    return try body(unsafe buffer.span)
  }

  /// Overwrites a vector of a state with `values`, which has D elements.
  mutating func assign(_ values: Span<Double>, to component: Component, _ slot: Slot) {
    precondition(values.count == dimension, "A state vector has as many elements as parameters.")
    let target = unsafe vector(component, slot)
    for index in values.indices { unsafe target[element: index] = values[index] }
  }

  /// Evaluates the log density at a state's position and stores value and gradient there.
  @inline(__always)
  mutating func evaluate(
    _ slot: Slot,
    with evaluator: any LogDensityEvaluator
  ) throws(EvaluationError) {
    let position = unsafe vector(.position, slot).buffer(dimension)
    let gradient = unsafe vector(.gradient, slot).mutableBuffer(dimension)
    var gradientSpan = unsafe gradient.mutableSpan
    unsafe headers[slot].logDensity = try evaluator.evaluate(
      at: unsafe position.span,
      gradient: &gradientSpan
    )
  }

  /// Replaces the metric by the diagonal one with the given variances, all positive and finite.
  mutating func setInverseMass(_ variances: [Double]) {
    precondition(variances.count == dimension, "The metric has as many elements as parameters.")
    let scale = unsafe scale
    for index in variances.indices {
      unsafe scale[element: index] = variances[index].squareRoot()
    }
  }

  /// A free state with `references` references; its vectors hold anything.
  @inline(__always)
  mutating func acquire(references: Int) -> Slot {
    precondition(firstFree >= 0, "The state pool is reserved before a trajectory grows.")
    let slot = firstFree
    firstFree = unsafe headers[slot].nextFree
    unsafe headers[slot].referenceCount = references
    return slot
  }

  /// Sets the number of references to a state that has one at least.
  mutating func retain(_ slot: Slot, references: Int) {
    unsafe headers[slot].referenceCount = references
  }

  /// Gives back one reference to a state.
  @inline(__always)
  mutating func release(_ slot: Slot) {
    unsafe headers[slot].referenceCount &-= 1
    guard unsafe headers[slot].referenceCount == 0 else { return }
    unsafe headers[slot].nextFree = firstFree
    firstFree = slot
  }

  /// Frees every state but one, which gets `references` references.
  mutating func releaseAll(except kept: Slot, references: Int) {
    firstFree = -1
    for slot in stride(from: capacity - 1, through: 0, by: -1) where slot != kept {
      unsafe headers[slot].referenceCount = 0
      unsafe headers[slot].nextFree = firstFree
      firstFree = slot
    }
    unsafe headers[kept].referenceCount = references
  }
}
