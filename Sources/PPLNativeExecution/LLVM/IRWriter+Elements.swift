extension IRWriter {
  // MARK: Elements

  /// One scalar in all elements.
  func splat(_ scalar: IRValue, width: Int) -> IRValue { splat(scalar, of: double, width: width) }

  func splat(_ scalar: IRValue, of element: IRType, width: Int) -> IRValue {
    if width == 1 { return scalar }
    let empty = undefined(element, width)
    let first = unsafe llvm.insertElement(builder, empty.ref, scalar.ref, integer32(0).ref, "")
    var zeros: [LLVMRef?] = unsafe (0..<width).map { _ in unsafe integer32(0).ref }
    return unsafe IRValue(
      llvm.shuffle(
        builder,
        first,
        empty.ref,
        llvm.constantVector(&zeros, UInt32(width)),
        ""
      ),
      width: width
    )
  }

  func element(_ vector: IRValue, _ index: Int) -> IRValue {
    if vector.width == 1 { return vector }
    return unsafe IRValue(
      llvm.extractElement(builder, vector.ref, integer32(index).ref, ""),
      width: 1
    )
  }

  /// A vector of scalars.
  func vector(_ elements: [IRValue]) -> IRValue {
    if elements.count == 1 { return elements[0] }
    var result = undefined(double, elements.count)
    for (index, element) in elements.enumerated() {
      result = unsafe IRValue(
        llvm.insertElement(builder, result.ref, element.ref, integer32(index).ref, ""),
        width: elements.count
      )
    }
    return result
  }

  /// The elements of a vector at these places.
  func shuffle(_ vector: IRValue, _ places: [Int]) -> IRValue {
    if places.count == 1 { return element(vector, places[0]) }
    if vector.width == 1 { return splat(vector, width: places.count) }
    var mask: [LLVMRef?] = unsafe places.map { unsafe integer32($0).ref }
    return unsafe mask.withUnsafeMutableBufferPointer {
      unsafe IRValue(
        llvm.shuffle(
          builder,
          vector.ref,
          undefined(double, vector.width).ref,
          llvm.constantVector($0.baseAddress.unsafelyUnwrapped, UInt32(places.count)),
          ""
        ),
        width: places.count
      )
    }
  }

  /// All elements of two vectors.
  func concatenate(_ a: IRValue, _ b: IRValue) -> IRValue {
    if a.width == b.width, a.width > 1 {
      var mask: [LLVMRef?] = unsafe (0..<2 * a.width).map { unsafe integer32($0).ref }
      return unsafe mask.withUnsafeMutableBufferPointer {
        unsafe IRValue(
          llvm.shuffle(
            builder,
            a.ref,
            b.ref,
            llvm.constantVector($0.baseAddress.unsafelyUnwrapped, UInt32(2 * a.width)),
            ""
          ),
          width: 2 * a.width
        )
      }
    }
    return vector((0..<a.width).map { element(a, $0) } + (0..<b.width).map { element(b, $0) })
  }
}
