extension IRWriter {
  // MARK: Memory

  /// The address `index` elements behind a pointer to elements of a type.
  func address(_ pointer: IRValue, _ index: IRValue, of type: IRType) -> IRValue {
    var index: LLVMRef? = unsafe index.ref
    return unsafe IRValue(
      llvm.elementPointer(builder, type.ref, pointer.ref, &index, 1, ""),
      width: 1
    )
  }

  /// A pointer of one type as a pointer to another.
  func cast(_ pointer: IRValue, to type: IRType) -> IRValue {
    unsafe IRValue(
      llvm.bitCast(builder, pointer.ref, self.pointer(to: type).ref, ""),
      width: 1
    )
  }

  /// `width` elements from an address of elements, aligned to one element, as doubles.
  func load(_ pointer: IRValue, width: Int = 1) -> IRValue {
    let type = type(element, width: width)
    let address = width == 1 ? pointer : cast(pointer, to: type)
    let value = unsafe llvm.load(builder, type.ref, address.ref, "")
    unsafe llvm.setAlignment(value, isSingle ? 4 : 8)
    guard isSingle else { return unsafe IRValue(value, width: width) }
    let double = self.type(double, width: width)
    return unsafe IRValue(llvm.extendReal(builder, value, double.ref, ""), width: width)
  }

  /// A double of the function's frame or of a table.
  func loadDouble(_ pointer: IRValue) -> IRValue {
    unsafe IRValue(llvm.load(builder, double.ref, pointer.ref, ""), width: 1)
  }

  /// A 32-bit integer, widened.
  func loadIndex(_ pointer: IRValue) -> IRValue {
    let value = unsafe IRValue(llvm.load(builder, int32.ref, pointer.ref, ""), width: 1)
    return widen(value)
  }

  /// Writes doubles as elements.
  func store(_ value: IRValue, _ pointer: IRValue) {
    let type = type(element, width: value.width)
    let address = value.width == 1 ? pointer : cast(pointer, to: type)
    let stored =
      unsafe isSingle
      ? IRValue(llvm.truncateReal(builder, value.ref, type.ref, ""), width: value.width) : value
    let store = unsafe llvm.store(builder, stored.ref, address.ref)
    unsafe llvm.setAlignment(store, isSingle ? 4 : 8)
  }

  /// Writes a double of the function's frame.
  func storeDouble(_ value: IRValue, _ pointer: IRValue) {
    _ = unsafe llvm.store(builder, value.ref, pointer.ref)
  }

  /// Room for a double in the frame of the function.
  func allocate() -> IRValue { unsafe IRValue(llvm.allocate(builder, double.ref, ""), width: 1) }

  /// Room for some doubles in the frame of the function.
  func allocate(_ count: Int) -> IRValue {
    let type = unsafe IRType(llvm.arrayType(double.ref, UInt32(count)))
    let memory = unsafe IRValue(llvm.allocate(builder, type.ref, ""), width: 1)
    return cast(memory, to: double)
  }

  // MARK: Loops

  /// Writes a loop over indices from `first` below `end`; `body` gets the index and may add blocks.
  ///
  /// Unless it may be empty, what the body makes can be used after it.
  func loop(
    in function: IRFunction,
    from first: IRValue,
    to end: IRValue,
    step: Int,
    mayBeEmpty: Bool,
    _ body: (IRValue) -> Void
  ) {
    _ = loop(
      in: function,
      from: first,
      to: end,
      step: step,
      mayBeEmpty: mayBeEmpty,
      carrying: []
    ) { index, _ in
      body(index)
      return []
    }
  }

  /// Writes a loop that carries lanes of doubles from step to step; returns them after the last one.
  func loop(
    in function: IRFunction,
    from first: IRValue,
    to end: IRValue,
    step: Int,
    mayBeEmpty: Bool,
    carrying initial: [IRValue],
    _ body: (IRValue, [IRValue]) -> [IRValue]
  ) -> [IRValue] {
    func makePhis() -> [IRValue] {
      initial.map { phi(type(double, width: $0.width), width: $0.width) }
    }
    let before = currentBlock
    let header = makeBlock(in: function)
    let after = makeBlock(in: function)
    if mayBeEmpty {
      branch(if: isLess(first, end), to: header, otherwise: after)
    } else {
      branch(to: header)
    }
    move(to: header)
    let index = phi(int64)
    let carried = makePhis()
    addIncoming(first, from: before, to: index)
    for (value, phi) in zip(initial, carried) { addIncoming(value, from: before, to: phi) }
    let ends = body(index, carried)
    let next = addIntegers(index, integer(step))
    let last = currentBlock
    addIncoming(next, from: last, to: index)
    for (value, phi) in zip(ends, carried) { addIncoming(value, from: last, to: phi) }
    branch(if: isLess(next, end), to: header, otherwise: after)
    move(to: after)
    guard mayBeEmpty else { return ends }
    let results = makePhis()
    for (result, (value, end)) in zip(results, zip(initial, ends)) {
      addIncoming(value, from: before, to: result)
      addIncoming(end, from: last, to: result)
    }
    return results
  }
}
