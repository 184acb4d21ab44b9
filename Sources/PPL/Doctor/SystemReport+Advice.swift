extension SystemReport {
  /// What is slow or may fail here, why, and what to do; empty if all is as it should be.
  public var advice: [String] {
    [
      executorAdvice, vectorAdvice, kernelAdvice, coreAdvice, memoryAdvice, spaceAdvice,
      speedAdvice,
    ]
    .compactMap { $0 }
  }

  private var executorAdvice: String? {
    guard native.library == nil else { return nil }
    return
      "models run several times slower than they could: \(noNative)."
      + (native.isBuilt ? " Install it: apt install libllvm14, or a later version" : "")
  }

  private var vectorAdvice: String? {
    guard native.library != nil, native.vectorWidth == nil else { return nil }
    return "exp, log and the like are computed one by one: the C library has no libmvec for this"
      + " processor"
  }

  /// Kernels of OpenBLAS that do not use the widest registers of the processor.
  ///
  /// OpenBLAS chooses by maker and model, and version 0.3.21 takes kernels without AVX-512 for all
  /// processors of AMD, which compute on half as many numbers at once as those that have it could.
  private var kernelAdvice: String? {
    let wide: Set = ["SkylakeX", "Cooperlake", "SapphireRapids"]
    guard machine.instructions.contains("avx512f"), !wide.contains(blas.core) else { return nil }
    if let chosen = blas.chosenCore {
      return "OPENBLAS_CORETYPE=\(chosen) gives kernels without AVX-512, which this processor has:"
        + " leave it out, or try OPENBLAS_CORETYPE=SkylakeX"
    }
    return "matrix products could be faster: OpenBLAS runs its kernels for \(blas.core), and this"
      + " processor has AVX-512. Set OPENBLAS_CORETYPE=SkylakeX in the environment"
  }

  private var coreAdvice: String? {
    guard let limit = machine.coreLimit, limit < Double(machine.cores) - 0.5 else { return nil }
    return "the container sees \(machine.cores) cores and may use \(Int(limit.rounded())) at a"
      + " time: chains that share them wait for each other. Give it more, or run fewer chains"
  }

  private var memoryAdvice: String? {
    guard let available = machine.availableBytes, available < 1_000_000_000 else { return nil }
    return "\(gigabytes(available)) of memory are free: fits of large data may not find enough"
  }

  private var spaceAdvice: String? {
    guard let directory else {
      return "the working directory cannot be read, so that fits need --out with another place"
    }
    guard directory.freeBytes < 1_000_000_000 else { return nil }
    return "\(gigabytes(directory.freeBytes)) are free in the working directory: write large fits"
      + " elsewhere, with --out"
  }

  private var speedAdvice: String? {
    guard native.library != nil, let gradient, gradient.native > gradient.reference else {
      return nil
    }
    return "machine code is slower than the reference executor here, as it should not be: the"
      + " machine may be busy; look again, or report it"
  }
}
