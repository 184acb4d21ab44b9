package import PPLTensorCore

extension GraphBuilder {
  /// The result of a primitive applied to constants, computed by its kernel; nil if it is not known now.
  func folded(
    _ op: Op,
    _ operands: [GraphValue],
    shape: Shape,
    kind: ElementKind
  ) -> Tensor? {
    switch op {
    case .constant, .input, .random: return nil
    case .scan(let body, _, _) where body.isRandom: return nil
    case .callout(_, .draw): return nil
    default: break
    }
    var tensors: [Tensor] = []
    for operand in operands {
      guard let tensor = constantEntry(of: operand)?.tensor else { return nil }
      tensors.append(tensor)
    }
    if case .reshape(let shape) = op { return tensors[0].reshaped(to: shape) }
    return op.evaluated(on: tensors, shape: shape, kind: kind)
  }
}

extension Op {
  /// The primitive's value: the definition that every executor is tested against.
  ///
  /// The operands must fit (see `resultShape(of:)`); random primitives draw from `key`.
  package func evaluated(on operands: [Tensor], key: RandomKey) -> Tensor {
    do {
      return evaluated(
        on: operands,
        shape: try resultShape(of: operands.map { $0.shape }),
        kind: resultKind(of: operands.map { $0.kind }),
        key: key
      )
    } catch {
      preconditionFailure(error.description)
    }
  }

  fileprivate func evaluated(
    on operands: [Tensor],
    shape: Shape,
    kind: ElementKind,
    key: RandomKey = RandomKey(seed: 0)
  ) -> Tensor {
    let operandCount = operands.reduce(0) { $0 + $1.shape.count }
    let memory = UnsafeMutablePointer<Double>.allocate(capacity: operandCount + 1)
    defer { unsafe memory.deallocate() }
    var placed: [KernelOperand] = []
    var end = unsafe memory
    for operand in operands {
      let count = operand.shape.count
      _ = unsafe operand.values.withUnsafeBufferPointer { values in
        unsafe UnsafeMutableBufferPointer(start: end, count: count).initialize(
          fromContentsOf: values
        )
      }
      unsafe placed.append(KernelOperand(end, shape: operand.shape))
      unsafe end += count
    }
    return unsafe Tensor(shape: shape, kind: kind) { result in
      guard let base = result.baseAddress, !result.isEmpty else { return }
      unsafe base.initialize(repeating: 0, count: result.count)
      var assembler = KernelAssembler()
      unsafe assembler.append(self, placed, into: KernelOperand(base, shape: shape))
      KernelProgram(assembler).run(key: key)
    }
  }
}
