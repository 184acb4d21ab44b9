import PPLGraphIR

// The instructions of a loop for a few neighbouring points.
extension LoopEmitter {
  /// Writes the instructions for `width` points from `index` on; returns the partial results of reductions.
  ///
  /// Reductions leave out points where `isNew` does not hold, as they were met before.
  func writeBody(
    _ width: Int,
    _ index: IRValue,
    _ isNew: IRValue?,
    _ preheader: Preheader,
    _ partials: [Partial: IRValue]
  ) -> [Partial: IRValue] {
    var point = PointwiseEmitter(ir, function.library, function.plan, width: width)
    var results: [Partial: IRValue] = [:]
    var loaded: [Access: IRValue] = [:]
    func read(_ access: Access) -> IRValue {
      if let register = point.registers[access.value] { return register }
      if let known = loaded[access] { return known }
      let value = load(access, width, index, preheader)
      loaded[access] = value
      return value
    }
    for (number, instruction) in instructions.enumerated() {
      switch instruction.op {
      case .gather(let rowStride, let rowCount, let table):
        let value = gather(
          instruction,
          number,
          (rowStride, rowCount, table),
          width,
          index,
          preheader,
          read
        )
        point.registers[instruction.result] = value
        storeOwn(instruction, value, index, preheader)
      case .reduce(let reduction):
        let operand = instruction.operands[0]
        var value = read(operand)
        var product: Int? = operand.value
        if let isNew {
          value = ir.select(isNew, value, ir.constant(reduction.identity, width: width))
          product = nil
        }
        if reductionInRegisters(instruction) != nil {
          let key = Partial(instruction: number)
          results[key] =
            partials[key].map {
              point.combine(reduction, $0, value, number: product)
            } ?? value
        } else if let target = instruction.target, let base = preheader.addresses[target] {
          let step = merged(target.strides).last ?? 0
          let known = loadStrided(base, step, width, index)
          store(
            point.combine(reduction, known, value, number: product),
            base,
            step,
            index
          )
        }
      case .dot(_, let step, _):
        let value = dot(instruction, number, step, width, index, preheader)
        point.registers[instruction.result] = value
        storeOwn(instruction, value, index, preheader)
      case .project(let count, let step):
        var value = read(instruction.operands[1])
        if let isNew { value = ir.select(isNew, value, ir.constant(0, width: width)) }
        for part in 0..<count {
          let column = column(instruction.operands[0], part * step, width, index, preheader)
          let key = Partial(instruction: number, part: part)
          results[key] =
            partials[key].map { ir.multiplyAdd(column, value, $0) }
            ?? ir.multiply(column, value)
        }
      case .unary, .binary, .select, .betaP, .copy, .fill:
        let value = point.apply(
          instruction.op,
          instruction.operands.map(read),
          numbers: instruction.operands.map(\.value),
          result: instruction.result
        )
        if let target = instruction.target {
          point.registers[instruction.result] = nil
          if let base = preheader.addresses[target] {
            store(value, base, merged(target.strides).last ?? 0, index)
          }
        } else {
          storeOwn(instruction, value, index, preheader)
        }
      }
    }
    return results
  }

  private func storeOwn(
    _ instruction: Instruction,
    _ value: IRValue,
    _ index: IRValue,
    _ preheader: Preheader
  ) {
    guard function.plan.values[instruction.result].place != nil,
      let base = preheader.addresses[ownAccess(instruction)]
    else { return }
    store(value, base, 1, index)
  }

  private func load(
    _ access: Access,
    _ width: Int,
    _ index: IRValue,
    _ preheader: Preheader
  ) -> IRValue {
    if case .uniform(let number) = function.plan.values[access.value].source {
      return ir.constant(number, width: width)
    }
    if let element = preheader.elements[access] { return ir.splat(element, width: width) }
    guard let base = preheader.addresses[access] else {
      preconditionFailure("The preheader has prepared every access.")
    }
    return loadStrided(base, merged(access.strides).last ?? 0, width, index)
  }

  private func loadStrided(
    _ base: IRValue,
    _ step: Int,
    _ width: Int,
    _ index: IRValue
  ) -> IRValue {
    if step == 1 { return ir.load(ir.address(base, index, of: ir.element), width: width) }
    return ir.vector(
      (0..<width).map { lane in
        ir.load(ir.address(base, place(index, lane, step), of: ir.element))
      }
    )
  }

  private func store(_ value: IRValue, _ base: IRValue, _ step: Int, _ index: IRValue) {
    if step == 1 {
      ir.store(value, ir.address(base, index, of: ir.element))
      return
    }
    for lane in 0..<value.width {
      ir.store(
        ir.element(value, lane),
        ir.address(base, place(index, lane, step), of: ir.element)
      )
    }
  }

  private func place(_ index: IRValue, _ lane: Int, _ step: Int) -> IRValue {
    ir.multiplyIntegers(
      ir.addIntegers(index, ir.integer(lane)),
      ir.integer(step)
    )
  }

  /// Neighbouring elements of a matrix's column that begins `offset` behind its first.
  private func column(
    _ matrix: Access,
    _ offset: Int,
    _ width: Int,
    _ index: IRValue,
    _ preheader: Preheader
  ) -> IRValue {
    guard let base = preheader.addresses[matrix] else {
      preconditionFailure("The preheader has prepared every access.")
    }
    let first = ir.address(base, ir.integer(offset), of: ir.element)
    return ir.load(ir.address(first, index, of: ir.element), width: width)
  }

  /// Products of `width` rows of a matrix with a vector, in two sums that overlap.
  private func dot(
    _ instruction: Instruction,
    _ number: Int,
    _ step: Int,
    _ width: Int,
    _ index: IRValue,
    _ preheader: Preheader
  ) -> IRValue {
    var sums: [IRValue] = []
    for (part, factor) in (preheader.vectors[number] ?? []).enumerated() {
      let column = column(instruction.operands[0], part * step, width, index, preheader)
      let factor = ir.splat(factor, width: width)
      if part < 2 {
        sums.append(ir.multiply(column, factor))
      } else {
        sums[part % 2] = ir.multiplyAdd(column, factor, sums[part % 2])
      }
    }
    return sums.count == 2 ? ir.add(sums[0], sums[1]) : sums[0]
  }

  private func gather(
    _ instruction: Instruction,
    _ number: Int,
    _ rows: (stride: Int, count: Int, table: IndexAccess?),
    _ width: Int,
    _ index: IRValue,
    _ preheader: Preheader,
    _ read: (Access) -> IRValue
  ) -> IRValue {
    let access = instruction.operands[0]
    let inner = merged(access.strides).last ?? 0
    if let row = preheader.rows[number] {
      if inner == 0 { return ir.splat(ir.load(row), width: width) }
      return loadStrided(row, inner, width, index)
    }
    guard let base = preheader.addresses[access] else {
      preconditionFailure("The preheader has prepared every access.")
    }
    func element(_ row: IRValue, _ lane: Int) -> IRValue {
      var offset = ir.multiplyIntegers(row, ir.integer(rows.stride))
      if inner != 0 { offset = ir.addIntegers(offset, place(index, lane, inner)) }
      return ir.load(ir.address(base, offset, of: ir.element))
    }
    if let table = rows.table, let entries = preheader.tables[number] {
      let step = merged(table.strides).last ?? 0
      return ir.vector(
        (0..<width).map { lane in
          let entry = ir.address(entries, place(index, lane, step), of: ir.int32)
          return element(ir.loadIndex(entry), lane)
        }
      )
    }
    let positions = read(instruction.operands[1])
    if merged(instruction.operands[1].strides).last == 0 {
      // One row for all of them.
      return function.dynamicRow(ir.element(positions, 0), rows.count, width: width) { row in
        let start = ir.address(
          base,
          ir.multiplyIntegers(row, ir.integer(rows.stride)),
          of: ir.element
        )
        return inner == 0
          ? ir.splat(ir.load(start), width: width)
          : loadStrided(start, inner, width, index)
      }
    }
    return ir.vector(
      (0..<width).map { lane in
        function.dynamicRow(ir.element(positions, lane), rows.count) { element($0, lane) }
      }
    )
  }
}
