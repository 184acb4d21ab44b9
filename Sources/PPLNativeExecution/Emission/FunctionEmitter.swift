import PPLGraphIR
import PPLTensorCore

/// Writes the units of one function.
///
/// All functions take the same parameters: inputs, outputs, constants and arena (doubles), tables (32-bit integers)
/// and the context that kernels are called with. Those of a loop's step also take the address of each of its inputs,
/// and their outputs are a row.
final class FunctionEmitter {
  let ir: IRWriter
  let library: MathLibrary
  let plan: ExecutionPlan
  let function: IRFunction
  /// The functions of the steps of the plan's loops.
  private let steps: [IRFunction]
  private let kernels: KernelNumbers
  /// Scalars that this function holds in registers, and scalar operations.
  var scalars: PointwiseEmitter
  /// Where variables of the function's frame are made; the rest begins in another block.
  private let entry: IRBlock
  private let start: IRBlock

  init(
    _ ir: IRWriter,
    _ library: MathLibrary,
    _ plan: ExecutionPlan,
    name: String,
    steps: [IRFunction],
    kernels: KernelNumbers
  ) {
    self.ir = ir
    self.steps = steps
    self.kernels = kernels
    self.library = library
    self.plan = plan
    function = ir.function(name, ir.void, Self.parameterTypes(ir, plan))
    // Kernels write to the arena by addresses of their own, so that it is not the parameter's alone.
    for index in 1...3 { ir.addAttribute("noalias", to: function, at: index) }
    ir.addAttribute("noalias", to: function, at: 5)
    ir.addAttribute("nounwind", to: function, at: -1)
    scalars = PointwiseEmitter(ir, library, plan, width: 1)
    entry = ir.makeBlock(in: function)
    start = ir.makeBlock(in: function)
    ir.move(to: start)
  }

  static func parameterTypes(_ ir: IRWriter, _ plan: ExecutionPlan) -> [IRType] {
    let doubles = ir.pointer(to: ir.element)
    let common = [
      doubles, doubles, doubles, doubles, ir.pointer(to: ir.int32), ir.pointer(to: ir.int8),
    ]
    return common + (plan.isStep ? plan.graph.inputs.map { _ in doubles } : [])
  }

  func write(_ units: [PlanUnit]) {
    for unit in units {
      switch unit {
      case .scalars(let instructions):
        for instruction in instructions { write(scalar: instruction) }
      case .loop(let instructions, let space): LoopEmitter(self, instructions, space).write()
      case .segments(let sums): SegmentEmitter(self, sums).write()
      case .kernel(let step): write(kernel: step)
      case .scan(let step): write(scan: step)
      }
    }
    ir.returnVoid()
    ir.move(to: entry)
    ir.branch(to: start)
  }

  // MARK: Memory

  /// The address of an element of a value that lies in memory.
  func address(_ value: Int, offset: Int = 0) -> IRValue {
    guard let place = plan.values[value].place else {
      preconditionFailure("A value that is read from memory has a place.")
    }
    let index: Int
    switch place.memory {
    case .inputs: index = 0
    case .outputs: index = 1
    case .constants: index = 2
    case .arena: index = 3
    case .operand(let number): index = 6 + number
    }
    return ir.address(
      ir.parameter(function, index),
      ir.integer(place.offset + offset),
      of: ir.element
    )
  }

  /// The address of an entry of the tables.
  func tableAddress(_ offset: Int) -> IRValue {
    ir.address(ir.parameter(function, 4), ir.integer(offset), of: ir.int32)
  }

  /// A variable of the function's frame.
  func makeVariable() -> IRValue {
    let block = ir.currentBlock
    ir.move(to: entry)
    let variable = ir.allocate()
    ir.move(to: block)
    return variable
  }

  /// The one element that an access of a scalar instruction, or of a whole loop, reads.
  func readScalar(_ access: Access) -> IRValue {
    let value = plan.values[access.value]
    if case .uniform(let number) = value.source { return ir.constant(number) }
    if value.count == 1, let known = scalars.registers[access.value] { return known }
    let loaded = ir.load(address(access.value, offset: access.offset))
    if value.count == 1 { scalars.registers[access.value] = loaded }
    return loaded
  }

  /// Notes a scalar and stores it where it is needed in memory.
  func define(_ value: Int, _ result: IRValue) {
    scalars.registers[value] = result
    if plan.values[value].place != nil { ir.store(result, address(value)) }
  }

  private func write(scalar instruction: Instruction) {
    let result: IRValue
    if case .gather(let rowStride, let rowCount, let table) = instruction.op {
      result = scalarGather(instruction, rowStride, rowCount, table)
    } else {
      result = scalars.apply(
        instruction.op,
        instruction.operands.map(readScalar),
        numbers: instruction.operands.map(\.value),
        result: instruction.result
      )
    }
    if let target = instruction.target {
      scalars.registers[instruction.result] = nil
      ir.store(result, address(target.value, offset: target.offset))
    } else {
      define(instruction.result, result)
    }
  }

  private func scalarGather(
    _ instruction: Instruction,
    _ rowStride: Int,
    _ rowCount: Int,
    _ table: IndexAccess?
  ) -> IRValue {
    let rows = instruction.operands[0]
    let base = address(rows.value, offset: rows.offset)
    if let table {
      let row = ir.loadIndex(tableAddress(table.table))
      return ir.load(
        ir.address(base, ir.multiplyIntegers(row, ir.integer(rowStride)), of: ir.element)
      )
    }
    return dynamicRow(readScalar(instruction.operands[1]), rowCount) { row in
      ir.load(ir.address(base, ir.multiplyIntegers(row, ir.integer(rowStride)), of: ir.element))
    }
  }

  /// Reads a row whose position is known at run time only; NaN where there is none.
  func dynamicRow(
    _ position: IRValue,
    _ rowCount: Int,
    width: Int = 1,
    _ read: (IRValue) -> IRValue
  ) -> IRValue {
    let isWhole = ir.compare(.equal, ir.intrinsic("floor", [position]), position)
    let isInside = ir.and(
      ir.compare(.greaterOrEqual, position, ir.constant(0)),
      ir.compare(.less, position, ir.constant(Double(rowCount)))
    )
    let isRow = ir.and(isWhole, isInside)
    let row = ir.integer(of: ir.select(isRow, position, ir.constant(0)))
    let value = read(row)
    if width == 1 { return ir.select(isRow, value, ir.constant(.nan)) }
    // NaN joins every element where there is no such row.
    let fault = ir.select(isRow, ir.constant(0), ir.constant(.nan))
    return ir.add(value, ir.splat(fault, width: width))
  }

  private func write(kernel step: KernelStep) {
    if MatrixEmitter(self).write(step) { return }
    let call = ir.function("ppl.kernel", ir.void, [ir.pointer(to: ir.int8), ir.int32])
    ir.call(call, [ir.parameter(function, 5), ir.integer32(kernels.number(of: step))])
  }

  /// Writes a loop that calls the function of its step; each step finds its carry in the row before.
  private func write(scan step: ScanStep) {
    let loop = plan.loops[step.loop]
    let body = steps[step.loop]
    let result = address(step.result)
    let operands = step.operands.map { address($0) }
    let widths = loop.plan.graph.inputs.map(\.count)
    func part(_ index: Int, _ memory: Int, _ type: IRType) -> IRValue {
      ir.address(ir.parameter(function, index), ir.integer(memory), of: type)
    }
    let common = [
      ir.parameter(function, 0), result,
      part(2, loop.constantOffset, ir.element), part(3, loop.arenaOffset, ir.element),
      part(4, loop.tableOffset, ir.int32), ir.parameter(function, 5),
    ]
    func call(_ index: IRValue, carry: IRValue) {
      var arguments = common
      arguments[1] = row(index)
      arguments.append(carry)
      for (number, operand) in operands.enumerated().dropFirst() {
        let isSequence = number <= loop.sequenceCount
        arguments.append(
          isSequence
            ? ir.address(
              operand,
              ir.multiplyIntegers(index, ir.integer(widths[number])),
              of: ir.element
            ) : operand
        )
      }
      ir.call(body, arguments)
    }
    func row(_ index: IRValue) -> IRValue {
      ir.address(
        result,
        ir.multiplyIntegers(index, ir.integer(loop.rowCount)),
        of: ir.element
      )
    }
    for (input, value) in loop.plan.imports {
      guard let place = loop.plan.values[value].place else { continue }
      copy(
        operands[input],
        to: part(3, loop.arenaOffset + place.offset, ir.element),
        count: loop.plan.values[value].count
      )
    }
    let last = step.length - 1
    call(ir.integer(step.isReversed ? last : 0), carry: operands[0])
    if last == 0 { return }
    self.loop(from: ir.integer(1), to: ir.integer(step.length), step: 1, mayBeEmpty: false) {
      number in
      let index = step.isReversed ? ir.subtractIntegers(ir.integer(last), number) : number
      let before = ir.addIntegers(index, ir.integer(step.isReversed ? 1 : -1))
      call(index, carry: row(before))
    }
  }

  // MARK: Loops

  /// Writes a loop of `step` apart indices from 0 to `count` ≥ 1; `body` gets the index.
  func loop(_ count: Int, step: Int, _ body: (IRValue) -> Void) {
    loop(from: ir.integer(0), to: ir.integer(count), step: step, mayBeEmpty: false, body)
  }

  func loop(
    from first: IRValue,
    to end: IRValue,
    step: Int,
    mayBeEmpty: Bool,
    _ body: (IRValue) -> Void
  ) {
    ir.loop(in: function, from: first, to: end, step: step, mayBeEmpty: mayBeEmpty, body)
  }

  /// Copies elements, in chunks of eight.
  private func copy(_ source: IRValue, to target: IRValue, count: Int) {
    let whole = count / 8 * 8
    func copy(_ index: IRValue, width: Int) {
      let value = ir.load(ir.address(source, index, of: ir.element), width: width)
      ir.store(value, ir.address(target, index, of: ir.element))
    }
    if whole > 0 { loop(whole, step: 8) { copy($0, width: 8) } }
    if count > whole { copy(ir.integer(whole), width: count - whole) }
  }

  /// Writes a number to elements of a value, in chunks of eight.
  func fill(_ value: Int, _ number: Double) {
    let count = plan.values[value].count
    let base = address(value)
    let whole = count / 8 * 8
    if whole > 0 {
      loop(whole, step: 8) { index in
        ir.store(ir.constant(number, width: 8), ir.address(base, index, of: ir.element))
      }
    }
    if count > whole {
      ir.store(
        ir.constant(number, width: count - whole),
        ir.address(base, ir.integer(whole), of: ir.element)
      )
    }
  }
}
