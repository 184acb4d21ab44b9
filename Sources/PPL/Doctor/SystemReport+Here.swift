import Glibc
import PPLStorage
import PPLTensorCore

#if Native
  import PPLNativeExecution
#endif

extension SystemReport {
  /// What is found on this machine; takes about a second, most of it to time gradients.
  public static func here() -> SystemReport {
    let space = try? FileSystemFacts(of: ".")
    return SystemReport(
      version: Version.text,
      native: nativeHere,
      blas: BLAS(
        path: LoadedLibrary.blasPath,
        configuration: LoadedLibrary.blasConfiguration,
        core: LoadedLibrary.blasCore,
        threads: LinearAlgebra.threadCount,
        chosenCore: unsafe getenv("OPENBLAS_CORETYPE").map { unsafe String(cString: $0) }
      ),
      gslVersion: LoadedLibrary.gslVersion,
      machine: MachineFacts.here,
      directory: space.map { Directory(fileSystem: $0.kind, freeBytes: $0.freeBytes) },
      gradient: timedGradient
    )
  }

  private static var nativeHere: Native {
    #if Native
      let environment = NativeProgram.environment
      return Native(
        isBuilt: true,
        library: environment.library,
        failures: environment.failures,
        processor: environment.processor,
        vectorWidth: environment.vectorWidth
      )
    #else
      return Native(isBuilt: false, library: nil, vectorWidth: nil)
    #endif
  }

  /// A logistic regression with its data, which need no file.
  private static let model = """
    dim row = 1000, column = 10
    data x[r: row, c: column] = sin(r * c)
    data y[r: row] = r mod 3 == 0
    b[column] ~ Normal(0, 1)
    y[r: row] ~ Bernoulli(logit: x[r] @ b)
    """

  private static var timedGradient: Gradient? {
    let program = Program(name: "doctor", text: model)
    guard let model = try? program.compileWithDensity(DataSet(paths: [])).model else { return nil }
    let benchmark = model.benchmark()
    return Gradient(
      native: benchmark.gradientNanoseconds,
      reference: benchmark.referenceNanoseconds
    )
  }
}
