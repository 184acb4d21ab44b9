import PPLGraphIR

/// What an instruction does at each point of its space.
enum LoopOp {
  case unary(UnaryOp)
  case binary(BinaryOp)
  case select
  case betaP
  /// The operand itself, for a copy at the target.
  case copy
  /// Writes a number to the target.
  case fill(Double)
  /// Takes the row that a table names: (rows, whose first is read), with the distance between rows. The index is a
  /// table of positions, or the second operand where positions are known at run time only.
  case gather(rowStride: Int, rowCount: Int, table: IndexAccess?)
  /// The product of a row of a matrix with a vector: (matrix, whose columns lie `matrixStride` apart; vector).
  case dot(count: Int, matrixStride: Int, vectorStride: Int)
  /// Adds up rows of a matrix, each times a number: (matrix, numbers); sum k goes to the target's k-th place.
  case project(count: Int, matrixStride: Int)
  /// Joins its operand into the target, whose strides are 0 along the reduced axes.
  case reduce(Reduction)
}

/// The positions that a gather reads: a table of 32-bit integers with its strides over the space.
struct IndexAccess {
  var table: Int
  var strides: [Int]
}

/// One operation on all points of a space.
struct Instruction {
  var op: LoopOp
  var operands: [Access]
  /// Sizes of the loop, without axes of size 1; empty for scalars.
  var space: [Int]
  /// The value that it makes or helps to make.
  var result: Int
  /// Where results go, if not to each point's own place in a value of that space.
  var target: Access?

  /// Whether other instructions of the same loop can take its result from a register.
  var isPointwise: Bool { target == nil }

  /// Operands that are looked up in memory at places of their own.
  var lookedUp: ArraySlice<Access> {
    switch op {
    case .gather, .project: operands.prefix(1)
    case .dot: operands.prefix(2)
    default: []
    }
  }

  /// Whether it makes one number without a loop.
  var isScalar: Bool { space.isEmpty }
}

/// Sums of groups of rows: the adjoint of a gather with known positions.
///
/// Row j of the result is the sum of the rows `order[starts[j] ..< starts[j + 1]]` of the source.
struct SegmentSum {
  /// The value that is summed, whole and in row-major order.
  var source: Int
  var result: Int
  var rowCount: Int
  /// Elements of a row.
  var width: Int
  /// Table of `rowCount + 1` starts.
  var starts: Int
  /// Table of the order of rows; nil where they are in order already.
  var order: Int?
}

/// A primitive that runs by its reference kernel or a library, on values that lie in memory.
struct KernelStep {
  /// The node of the graph.
  var node: Int
  /// Values, each whole and in row-major order.
  var operands: [Int]
  var result: Int
}

/// A loop of steps that hand values on.
struct ScanStep {
  /// Number of the loop in the plan.
  var loop: Int
  /// Values, each whole and in row-major order.
  var operands: [Int]
  var result: Int
  var length: Int
  var isReversed: Bool
}

/// A step of the plan before instructions are gathered into loops.
enum PlanStep {
  case loop(Instruction)
  case segments(SegmentSum)
  case kernel(KernelStep)
  case scan(ScanStep)

  /// The accesses that it makes.
  var reads: [Access] {
    switch self {
    case .loop(let instruction): instruction.operands
    case .segments(let sum): [Access(value: sum.source, strides: [])]
    case .kernel(let step): step.operands.map { Access(value: $0, strides: []) }
    case .scan(let step): step.operands.map { Access(value: $0, strides: []) }
    }
  }

  var result: Int {
    switch self {
    case .loop(let instruction): instruction.result
    case .segments(let sum): sum.result
    case .kernel(let step): step.result
    case .scan(let step): step.result
    }
  }
}
