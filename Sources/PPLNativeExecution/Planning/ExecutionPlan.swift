import PPLGraphIR

/// Steps that are carried out together.
enum PlanUnit {
  /// Scalar instructions, one after the other.
  case scalars([Instruction])
  /// Instructions that share a loop over a space.
  case loop([Instruction], space: [Int])
  /// Segment sums over the same tables.
  case segments([SegmentSum])
  case kernel(KernelStep)
  case scan(ScanStep)

  /// The accesses of all steps.
  var reads: [Access] {
    switch self {
    case .scalars(let instructions), .loop(let instructions, _): instructions.flatMap(\.operands)
    case .segments(let sums): sums.map { Access(value: $0.source, strides: []) }
    case .kernel(let step): step.operands.map { Access(value: $0, strides: []) }
    case .scan(let step): step.operands.map { Access(value: $0, strides: []) }
    }
  }

  /// The values that it makes or helps to make.
  var results: [Int] {
    switch self {
    case .scalars(let instructions), .loop(let instructions, _): instructions.map(\.result)
    case .segments(let sums): sums.map(\.result)
    case .kernel(let step): [step.result]
    case .scan(let step): [step.result]
    }
  }
}

/// The plan of one step of a loop.
struct LoopPlan {
  var plan: ExecutionPlan
  let carryCount: Int
  let sequenceCount: Int
  let rowCount: Int
  /// Where its constants, its arena and its tables begin in those of the plan that holds it.
  var constantOffset = 0
  var arenaOffset = 0
  var tableOffset = 0

  init(_ body: ScanBody) {
    plan = ExecutionPlan(body.graph, firstInvariant: 1 + body.sequenceCount)
    carryCount = body.carryCount
    sequenceCount = body.sequenceCount
    rowCount = body.rowCount
  }
}

/// A graph as it is compiled: units in order, the place of each value, and functions of bounded size.
///
/// *Levels.* The level of an instruction is the least that its operands allow: what needs the whole result of a loop
/// (a sum, a gathered table) comes one level later. Instructions of one level and space share a loop, so that the
/// adjoint of a sum over observations runs in the loop of the sum itself.
///
/// *Registers.* A value that is used at the same point of the same loop only never lies in memory, nor does a scalar
/// that is used within one function only. Others get a place in the arena, which is free again after their last use.
struct ExecutionPlan {
  let graph: Graph
  private(set) var values: [PlannedValue]
  /// Tables of 32-bit integers, one behind the other.
  private(set) var tables: [Int32]
  /// The loops of the graph, each a plan of one step.
  private(set) var loops: [LoopPlan]
  /// Where this is a step of a loop, the first input that is the same for all steps.
  private let firstInvariant: Int?
  /// Inputs of a step that kernels read: the loop copies them to the step's arena before it begins.
  private(set) var imports: [(input: Int, value: Int)] = []
  /// Units of each function.
  private(set) var functions: [[PlanUnit]] = []
  /// Elements of the arena.
  private(set) var arenaSize = 0
  /// Values whose constants lie in memory, and the number of their elements.
  private(set) var storedConstants: [Int] = []
  private(set) var constantCount = 0

  /// Values that are read in one place only: such a product may join a sum without being rounded first.
  ///
  /// Were it read elsewhere, too, differences of equal numbers would no longer be zero.
  private(set) var singleUses: Set<Int> = []
  /// Values by which several scalar instructions divide.
  private(set) var commonDivisors: Set<Int> = []

  /// Instructions that a function holds at most, those of loops counted twice: the time of code generation grows
  /// faster than the size of a function.
  private static let functionSize = 128

  /// Whether this is a step of a loop, whose inputs lie in memories of their own.
  var isStep: Bool { firstInvariant != nil }

  init(_ graph: Graph, firstInvariant: Int? = nil) {
    self.graph = graph
    self.firstInvariant = firstInvariant
    let planner = GraphPlanner(graph, firstInvariant: firstInvariant)
    values = planner.values
    tables = planner.tables
    loops = planner.loops
    let levels = StepLevels(planner.steps, valueCount: values.count).levels
    divide(Self.gather(planner.steps, levels))
    commonDivisors = Self.commonDivisors(planner.steps, values)
    singleUses = Self.singleUses(planner.steps, values)
    placeValues(imported: planner.imported)
    placeLoops()
  }

  /// Gives the steps of loops their parts of the memories.
  private mutating func placeLoops() {
    for index in loops.indices {
      let step = loops[index].plan
      loops[index].constantOffset = constantCount
      loops[index].arenaOffset = arenaSize
      loops[index].tableOffset = tables.count
      constantCount += Self.padded(step.constantCount)
      arenaSize += Self.padded(step.arenaSize)
      tables += step.tables
    }
  }

  /// This plan and those of loops in it, each with the place of its constants and its arena.
  var parts: [(plan: ExecutionPlan, constantOffset: Int, arenaOffset: Int)] {
    [(self, 0, 0)]
      + loops.flatMap { loop in
        loop.plan.parts.map {
          ($0.plan, $0.constantOffset + loop.constantOffset, $0.arenaOffset + loop.arenaOffset)
        }
      }
  }

  // MARK: Units

  private struct UnitKey: Hashable {
    var level: Int
    var space: [Int]
    /// Table of segments; -1 for loops, -2 for scalars.
    var kind: Int
  }

  /// Units in order of their levels; scalars first in each, as loops of their level may use them.
  private static func gather(_ steps: [PlanStep], _ levels: [Int]) -> [PlanUnit] {
    var members: [UnitKey: [Int]] = [:]
    var keys: [UnitKey] = []
    func add(_ index: Int, _ space: [Int], _ kind: Int) {
      let key = UnitKey(level: levels[index], space: space, kind: kind)
      if members[key, default: []].isEmpty { keys.append(key) }
      members[key, default: []].append(index)
    }
    for (index, step) in steps.enumerated() {
      switch step {
      case .loop(let instruction): add(index, instruction.space, instruction.isScalar ? -2 : -1)
      case .segments(let sum): add(index, [sum.width], sum.starts)
      case .kernel, .scan: add(index, [index], -3)
      }
    }
    let order = keys.indices.sorted { left, right in
      let (a, b) = (keys[left], keys[right])
      if a.level != b.level { return a.level < b.level }
      if (a.kind == -2) != (b.kind == -2) { return a.kind == -2 }
      return left < right
    }
    return order.map { position -> PlanUnit in
      let key = keys[position]
      var instructions: [Instruction] = []
      var sums: [SegmentSum] = []
      for index in members[key, default: []] {
        switch steps[index] {
        case .loop(let instruction): instructions.append(instruction)
        case .segments(let sum): sums.append(sum)
        case .kernel(let step): return .kernel(step)
        case .scan(let step): return .scan(step)
        }
      }
      if !sums.isEmpty { return .segments(sums) }
      return key.kind == -2 ? .scalars(instructions) : .loop(instructions, space: key.space)
    }
  }

  /// Divides the units into functions of bounded size.
  private mutating func divide(_ units: [PlanUnit]) {
    var current: [PlanUnit] = []
    var size = 0
    func close(_ functions: inout [[PlanUnit]]) {
      if !current.isEmpty { functions.append(current) }
      current = []
      size = 0
    }
    for unit in units {
      switch unit {
      case .scalars(let instructions):
        var start = 0
        while start < instructions.count {
          if size >= Self.functionSize { close(&functions) }
          let count = min(instructions.count - start, Self.functionSize - size)
          current.append(.scalars(Array(instructions[start..<start + count])))
          size += count
          start += count
        }
      case .loop(let instructions, _):
        if size + 2 * instructions.count > Self.functionSize { close(&functions) }
        current.append(unit)
        size += 2 * instructions.count
      case .segments, .kernel, .scan:
        if size >= Self.functionSize { close(&functions) }
        current.append(unit)
        size += 20
      }
    }
    close(&functions)
  }

  private static func singleUses(_ steps: [PlanStep], _ values: [PlannedValue]) -> Set<Int> {
    var counts = [Int](repeating: 0, count: values.count)
    for step in steps {
      for read in step.reads { counts[read.value] += 1 }
    }
    // What is an output is read by the caller as well.
    return Set(values.indices.filter { counts[$0] == 1 && values[$0].place == nil })
  }

  private static func commonDivisors(_ steps: [PlanStep], _ values: [PlannedValue]) -> Set<Int> {
    var known: Set<Int> = []
    var common: Set<Int> = []
    for case .loop(let instruction) in steps {
      guard case .binary(.divide) = instruction.op, instruction.isScalar else { continue }
      let divisor = instruction.operands[1].value
      guard values[divisor].count == 1 else { continue }
      if !known.insert(divisor).inserted { common.insert(divisor) }
    }
    return common
  }

  // MARK: Places

  /// Where a value is made, and where it is used for the last time, by number of the unit.
  private struct Lifetime {
    var first = -1
    var last = -1
    var function = -1
    var needsMemory = false
    /// Whether it is a scalar that instructions make, which their function holds in a register.
    var isScalarRegister = false
  }

  private mutating func placeValues(imported: Set<Int>) {
    var lifetimes = [Lifetime](repeating: Lifetime(), count: values.count)
    var number = 0
    for (functionNumber, units) in functions.enumerated() {
      for unit in units {
        note(unit, number, functionNumber, &lifetimes)
        number += 1
      }
    }
    for index in values.indices where lifetimes[index].needsMemory {
      switch values[index].source {
      case .constant, .table:
        values[index].place = Place(memory: .constants, offset: constantCount)
        storedConstants.append(index)
        constantCount += Self.padded(values[index].count)
      case .input(let number, _) where imported.contains(index):
        imports.append((number, index))
      case .input(let number, let offset):
        values[index].place =
          isStep
          ? Place(memory: .operand(number), offset: 0) : Place(memory: .inputs, offset: offset)
      case .uniform, .outputs, .computed: break
      }
    }
    placeInArena(lifetimes, unitCount: number)
    for (_, value) in imports {
      values[value].place = Place(memory: .arena, offset: arenaSize)
      arenaSize += Self.padded(values[value].count)
    }
  }

  private func note(
    _ unit: PlanUnit,
    _ number: Int,
    _ function: Int,
    _ lifetimes: inout [Lifetime]
  ) {
    var madeHere: [Int: Instruction] = [:]
    switch unit {
    case .scalars(let instructions), .loop(let instructions, _):
      for instruction in instructions {
        for read in instruction.operands {
          lifetimes[read.value].last = number
          if !isInRegister(read, instruction, madeHere, lifetimes[read.value], function) {
            lifetimes[read.value].needsMemory = true
          }
        }
        madeHere[instruction.result] = instruction
        noteResult(instruction.result, number, function, &lifetimes)
        if makesScalar(instruction) {
          lifetimes[instruction.result].isScalarRegister = true
        } else if instruction.target != nil {
          lifetimes[instruction.result].needsMemory = true
        }
      }
    case .segments, .kernel, .scan:
      for read in unit.reads {
        lifetimes[read.value].last = number
        lifetimes[read.value].needsMemory = true
      }
      for result in unit.results {
        noteResult(result, number, function, &lifetimes)
        lifetimes[result].needsMemory = true
      }
    }
  }

  private func noteResult(
    _ value: Int,
    _ number: Int,
    _ function: Int,
    _ lifetimes: inout [Lifetime]
  ) {
    if lifetimes[value].first < 0 { lifetimes[value].first = number }
    lifetimes[value].last = max(lifetimes[value].last, number)
    lifetimes[value].function = function
  }

  /// Whether an instruction makes a scalar that lives in a register: pointwise, or the reduction of a whole space.
  func makesScalar(_ instruction: Instruction) -> Bool {
    guard values[instruction.result].count == 1 else { return false }
    if case .reduce = instruction.op { return true }
    return instruction.isPointwise
  }

  private func isInRegister(
    _ read: Access,
    _ reader: Instruction,
    _ madeHere: [Int: Instruction],
    _ lifetime: Lifetime,
    _ function: Int
  ) -> Bool {
    let value = values[read.value]
    if case .uniform = value.source, !reader.lookedUp.contains(read) { return true }
    if reader.lookedUp.contains(read) { return false }
    if !value.isComputed { return false }
    if let writer = madeHere[read.value] {
      return PlanStep.loop(reader).takesFromRegister(read, madeBy: .loop(writer))
    }
    return lifetime.isScalarRegister && lifetime.function == function
  }

  /// Gives computed values places that are free while they live.
  private mutating func placeInArena(_ lifetimes: [Lifetime], unitCount: Int) {
    var starting = [[Int]](repeating: [], count: unitCount)
    var ending = [[Int]](repeating: [], count: unitCount)
    for (index, lifetime) in lifetimes.enumerated()
    where lifetime.needsMemory && lifetime.first >= 0 && values[index].isComputed
      && values[index].place == nil
    {
      starting[lifetime.first].append(index)
      ending[max(lifetime.last, lifetime.first)].append(index)
    }
    var free: [Int: [Int]] = [:]
    for unit in 0..<unitCount {
      for value in starting[unit] {
        let size = Self.padded(values[value].count)
        let offset: Int
        if let reused = free[size]?.popLast() {
          offset = reused
        } else {
          offset = arenaSize
          arenaSize += size
        }
        values[value].place = Place(memory: .arena, offset: offset)
      }
      for value in ending[unit] {
        guard let place = values[value].place else { continue }
        free[Self.padded(values[value].count), default: []].append(place.offset)
      }
    }
  }

  /// Sizes of places: scalars as they are, else whole cache lines of at most an eighth more than asked for.
  private static func padded(_ count: Int) -> Int {
    if count == 1 { return 1 }
    let unit = max(8, 1 << max(0, Int.bitWidth - count.leadingZeroBitCount - 4))
    return (count + unit - 1) / unit * unit
  }
}
