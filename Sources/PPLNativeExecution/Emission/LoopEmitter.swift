import PPLGraphIR

/// Writes one loop nest for instructions that share a space.
///
/// Axes that all accesses let merge are merged. The innermost axis is handled eight points at a time; up to sixteen
/// points need no loop. Where eight do not divide the axis, the last step begins early and computes some points again, which
/// reductions leave out: one body instead of two halves the time of code generation. Partial results of reductions along
/// the innermost axis stay in registers.
struct LoopEmitter {
  /// Points at a time in long loops: two registers of AVX2, so that chains of operations overlap.
  ///
  /// Short loops take half as many, which halves their code.
  private static let width = 8
  private static let shortLoop = 256
  /// Up to this many points the innermost axis is one piece.
  private static let pieceLimit = 16

  let function: FunctionEmitter
  let ir: IRWriter
  let instructions: [Instruction]
  private let made: Set<Int>
  /// Sizes of the merged axes.
  private let sizes: [Int]
  /// Last original axis of each merged one.
  private let axes: [Int]

  init(_ function: FunctionEmitter, _ instructions: [Instruction], _ space: [Int]) {
    self.function = function
    ir = function.ir
    self.instructions = instructions
    var made: Set<Int> = []
    for instruction in instructions where instruction.isPointwise {
      made.insert(instruction.result)
    }
    self.made = made
    var isMerged = [Bool](repeating: true, count: space.count)
    for strides in Self.memoryStrides(function.plan, instructions, made) {
      for axis in space.indices.dropLast()
      where strides[axis] != strides[axis + 1] * space[axis + 1] {
        isMerged[axis] = false
      }
    }
    var sizes: [Int] = []
    var axes: [Int] = []
    for axis in space.indices {
      if axis > 0, isMerged[axis - 1] {
        sizes[sizes.count - 1] *= space[axis]
        axes[axes.count - 1] = axis
      } else {
        sizes.append(space[axis])
        axes.append(axis)
      }
    }
    (self.sizes, self.axes) = (sizes, axes)
  }

  /// Strides of all that is read from or written to memory.
  private static func memoryStrides(
    _ plan: ExecutionPlan,
    _ instructions: [Instruction],
    _ made: Set<Int>
  ) -> [[Int]] {
    var result: [[Int]] = []
    for instruction in instructions {
      for operand in instruction.operands where !made.contains(operand.value) {
        result.append(operand.strides)
      }
      if case .gather(_, _, let table?) = instruction.op { result.append(table.strides) }
      if let target = instruction.target { result.append(target.strides) }
    }
    return result
  }

  func merged(_ strides: [Int]) -> [Int] { axes.map { strides[$0] } }

  private var innerSize: Int { sizes[sizes.count - 1] }

  // MARK: Nest

  func write() {
    // Reductions to part of the axes join into memory that holds their identity first.
    var totals: [Int: IRValue] = [:]
    for (number, instruction) in instructions.enumerated() {
      guard case .reduce(let reduction) = instruction.op, let target = instruction.target else {
        continue
      }
      if function.plan.makesScalar(instruction) {
        guard sizes.count > 1 else { continue }
        let variable = function.makeVariable()
        ir.storeDouble(ir.constant(reduction.identity), variable)
        totals[number] = variable
      } else if joinsInMemory(target) {
        function.fill(instruction.result, reduction.identity)
      }
    }
    writeNest([], totals)
    for (number, variable) in totals {
      function.define(instructions[number].result, ir.loadDouble(variable))
    }
  }

  /// Whether an element of a reduction's target is met by several runs of the innermost loop.
  private func joinsInMemory(_ target: Access) -> Bool {
    let strides = merged(target.strides)
    return strides.last != 0 || strides.dropLast().contains(0)
  }

  private func writeNest(_ indices: [IRValue], _ totals: [Int: IRValue]) {
    if indices.count < sizes.count - 1 {
      function.loop(sizes[indices.count], step: 1) { index in
        writeNest(indices + [index], totals)
      }
    } else {
      writeInner(indices, totals)
    }
  }

  /// What the innermost loop finds ready: addresses and elements that do not change in it.
  struct Preheader {
    var addresses: [Access: IRValue] = [:]
    var elements: [Access: IRValue] = [:]
    /// First table entry, and the row's address where the row does not change.
    var tables: [Int: IRValue] = [:]
    var rows: [Int: IRValue] = [:]
    /// Elements of the vector that rows of a matrix are multiplied by.
    var vectors: [Int: [IRValue]] = [:]
  }

  /// A partial result that a loop carries; a projection has several.
  struct Partial: Hashable {
    var instruction: Int
    var part = 0
  }

  /// What an instruction reduces in registers, and the number of its partial results; nil if nothing.
  func reductionInRegisters(_ instruction: Instruction) -> (Reduction, count: Int)? {
    switch instruction.op {
    case .reduce(let reduction):
      guard let target = instruction.target, merged(target.strides).last == 0 else { return nil }
      return (reduction, 1)
    case .project(let count, _): return (.sum, count)
    default: return nil
    }
  }

  private func writeInner(_ indices: [IRValue], _ totals: [Int: IRValue]) {
    let preheader = writePreheader(indices)
    var partials: [Partial: IRValue] = [:]
    var reductions: [(key: Partial, reduction: Reduction)] = []
    for (number, instruction) in instructions.enumerated() {
      guard let (reduction, count) = reductionInRegisters(instruction) else { continue }
      for part in 0..<count {
        reductions.append((Partial(instruction: number, part: part), reduction))
      }
    }
    let count = innerSize
    let width =
      count <= Self.pieceLimit ? count : count < Self.shortLoop ? Self.width / 2 : Self.width
    if count > width {
      let ends = ir.loop(
        in: function.function,
        from: ir.integer(0),
        to: ir.integer(count),
        step: width,
        mayBeEmpty: false,
        carrying: reductions.map { ir.constant($0.reduction.identity, width: width) }
      ) { index, carried in
        var partials: [Partial: IRValue] = [:]
        for ((key, _), value) in zip(reductions, carried) { partials[key] = value }
        let results: [Partial: IRValue]
        if count % width == 0 {
          results = writeBody(width, index, nil, preheader, partials)
        } else {
          let start = ir.smaller(index, ir.integer(count - width))
          let isNew = ir.atLeast(ir.laneIndices(from: start, width: width), index)
          results = writeBody(width, start, isNew, preheader, partials)
        }
        return reductions.compactMap { results[$0.key] }
      }
      for ((key, _), value) in zip(reductions, ends) { partials[key] = value }
    } else {
      partials = writeBody(width, ir.integer(0), nil, preheader, [:])
    }
    for (key, reduction) in reductions {
      guard let partial = partials[key] else { continue }
      finish(
        instructions[key.instruction],
        key,
        reduction,
        horizontal(reduction, partial),
        preheader,
        totals
      )
    }
  }

  private func finish(
    _ instruction: Instruction,
    _ key: Partial,
    _ reduction: Reduction,
    _ result: IRValue,
    _ preheader: Preheader,
    _ totals: [Int: IRValue]
  ) {
    if case .project = instruction.op {
      ir.store(result, function.address(instruction.result, offset: key.part))
    } else if let total = totals[key.instruction] {
      ir.storeDouble(function.scalars.combine(reduction, ir.loadDouble(total), result), total)
    } else if function.plan.makesScalar(instruction) {
      function.define(instruction.result, result)
    } else if let target = instruction.target, let address = preheader.addresses[target] {
      if joinsInMemory(target) {
        ir.store(function.scalars.combine(reduction, ir.load(address), result), address)
      } else {
        ir.store(result, address)
      }
    }
  }

  /// All elements of a vector joined.
  private func horizontal(_ reduction: Reduction, _ vector: IRValue) -> IRValue {
    var value = vector
    while value.width > 1 {
      let half = value.width / 2
      let joined = function.scalars.combine(
        reduction,
        ir.shuffle(value, Array(0..<half)),
        ir.shuffle(value, Array(half..<2 * half))
      )
      if value.width % 2 == 1 {
        let last = ir.element(value, value.width - 1)
        let first = function.scalars.combine(reduction, ir.element(joined, 0), last)
        value = ir.vector([first] + (1..<half).map { ir.element(joined, $0) })
      } else {
        value = joined
      }
    }
    return value
  }

  // MARK: Preheader

  private func writePreheader(_ indices: [IRValue]) -> Preheader {
    var result = Preheader()
    for (number, instruction) in instructions.enumerated() {
      var operands = instruction.operands
      if case .gather(let rowStride, _, let table) = instruction.op {
        let rows = operands.removeFirst()
        let base = address(rows, indices)
        result.addresses[rows] = base
        if let table {
          let strides = merged(table.strides)
          let entry = ir.address(
            function.tableAddress(table.table),
            offset(strides.dropLast(), indices),
            of: ir.int32
          )
          result.tables[number] = entry
          if strides.last == 0 {
            let row = ir.multiplyIntegers(ir.loadIndex(entry), ir.integer(rowStride))
            result.rows[number] = ir.address(base, row, of: ir.element)
          }
        }
      }
      if case .dot(let count, _, let step) = instruction.op {
        let vector = operands.removeLast()
        result.vectors[number] = (0..<count).map {
          ir.load(function.address(vector.value, offset: vector.offset + $0 * step))
        }
      }
      for operand in operands where result.addresses[operand] == nil {
        prepare(operand, indices, &result)
      }
      if case .project = instruction.op { continue }
      if let target = instruction.target, !function.plan.makesScalar(instruction),
        result.addresses[target] == nil
      {
        result.addresses[target] = address(target, indices)
      }
      if instruction.isPointwise, function.plan.values[instruction.result].place != nil {
        let own = ownAccess(instruction)
        if result.addresses[own] == nil { result.addresses[own] = address(own, indices) }
      }
    }
    return result
  }

  private func prepare(_ operand: Access, _ indices: [IRValue], _ result: inout Preheader) {
    if made.contains(operand.value) { return }
    let value = function.plan.values[operand.value]
    if case .uniform = value.source { return }
    if operand.isInvariant {
      result.elements[operand] = function.readScalar(operand)
      return
    }
    let address = address(operand, indices)
    result.addresses[operand] = address
    if merged(operand.strides).last == 0 { result.elements[operand] = ir.load(address) }
  }

  func ownAccess(_ instruction: Instruction) -> Access {
    Access(
      value: instruction.result,
      strides: Access.rowMajorStrides(instruction.space)
    )
  }

  /// The address of the innermost loop's first element.
  private func address(_ access: Access, _ indices: [IRValue]) -> IRValue {
    ir.address(
      function.address(access.value, offset: access.offset),
      offset(merged(access.strides).dropLast(), indices),
      of: ir.element
    )
  }

  private func offset(_ strides: some Collection<Int>, _ indices: [IRValue]) -> IRValue {
    var sum = ir.integer(0)
    for (stride, index) in zip(strides, indices) where stride != 0 {
      sum = ir.addIntegers(sum, ir.multiplyIntegers(index, ir.integer(stride)))
    }
    return sum
  }
}
