// swift-tools-version: 6.2
import PackageDescription

// One concept a target, bottom first: a target imports only targets above it in this list.
// `Sources/README.md` is the map.

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

func concept(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(
  _ name: String,
  _ dependencies: [Target.Dependency] = [],
  files: [String] = []
) -> Target {
  .testTarget(
    name: "\(name)Tests",
    dependencies: [.target(name: name)] + dependencies,
    exclude: files,
    swiftSettings: settings
  )
}

let package = Package(
  name: "PPL",
  products: [
    .library(name: "PPL", targets: ["PPL"]),
    .executable(name: "ppl", targets: ["PPLCommand"]),
  ],
  traits: [
    .trait(name: "Native", description: "Compile models to machine code through LLVM."),
    .default(enabledTraits: ["Native"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // Libraries of the system.
    .systemLibrary(name: "CGSL", providers: [.apt(["libgsl-dev"])]),
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CLibedit", providers: [.apt(["libedit-dev"])]),

    // Language side.
    concept("PPLSourceText"),
    concept("PPLSyntax", ["PPLSourceText"]),
    concept("PPLTypeSystem"),
    concept("PPLSemantics", ["PPLSourceText", "PPLSyntax", "PPLTypeSystem"]),

    // Numeric side.
    concept("PPLTensorCore", ["CGSL", "CLinux", "COpenBLAS"]),
    concept("PPLIntegration", ["PPLTensorCore"]),
    concept("PPLJSON"),
    concept("PPLGraphIR", ["PPLIntegration", "PPLTensorCore"]),
    concept("PPLCallouts", ["CLinux", "PPLGraphIR", "PPLJSON", "PPLTensorCore"]),
    concept("PPLRewrites", ["PPLGraphIR", "PPLTensorCore"]),
    concept("PPLAutodiff", ["PPLGraphIR", "PPLTensorCore"]),
    concept("PPLExecution", ["PPLGraphIR", "PPLTensorCore"]),
    concept(
      "PPLNativeExecution",
      ["PPLExecution", "PPLGraphIR", "PPLIntegration", "PPLTensorCore"]
    ),
    concept("PPLDistributions", ["PPLGraphIR", "PPLTensorCore", "PPLTypeSystem"]),

    concept("PPLFlows", ["PPLAutodiff", "PPLGraphIR", "PPLTensorCore"]),

    // Statistics side.
    concept("PPLInference", ["PPLTensorCore", "PPLTypeSystem"]),
    concept(
      "PPLVariational",
      ["PPLAutodiff", "PPLExecution", "PPLFlows", "PPLGraphIR", "PPLInference", "PPLTensorCore"]
    ),
    concept("PPLTraining", ["PPLInference", "PPLTensorCore"]),
    concept(
      "PPLLikelihoodFree",
      [
        "PPLAutodiff", "PPLExecution", "PPLFlows", "PPLGraphIR", "PPLInference", "PPLTensorCore",
        "PPLTypeSystem", "PPLVariational",
      ]
    ),
    concept("PPLPosteriorAnalysis"),

    // Where they meet.
    concept("PPLStorage", ["CLinux", "PPLJSON"]),
    concept("PPLReporting", ["PPLJSON", "PPLPosteriorAnalysis"]),
    concept(
      "PPLModelCompiler",
      [
        "PPLSourceText", "PPLSyntax", "PPLTypeSystem", "PPLSemantics", "PPLTensorCore",
        "PPLIntegration", "PPLGraphIR", "PPLCallouts", "PPLRewrites", "PPLAutodiff",
        "PPLExecution", "PPLDistributions",
      ]
    ),
    concept(
      "PPL",
      [
        "PPLSourceText", "PPLSyntax", "PPLTypeSystem", "PPLSemantics", "PPLTensorCore",
        "PPLIntegration", "PPLGraphIR", "PPLCallouts", "PPLRewrites", "PPLAutodiff",
        "PPLExecution",
        .target(name: "PPLNativeExecution", condition: .when(traits: ["Native"])),
        "PPLDistributions", "PPLFlows", "PPLInference", "PPLVariational", "PPLTraining",
        "PPLLikelihoodFree",
        "PPLPosteriorAnalysis", "PPLJSON", "PPLStorage", "PPLReporting", "PPLModelCompiler",
      ]
    ),
    .executableTarget(
      name: "PPLCommand",
      dependencies: [
        "CLibedit", "PPL",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings
    ),
    // Changes programs and data at random and finds what crashes; not part of the product.
    .executableTarget(
      name: "PPLFuzz",
      dependencies: [
        "PPL", "PPLSourceText", "PPLSyntax", "PPLSemantics", "PPLTensorCore", "PPLGraphIR",
        "PPLExecution", "PPLNativeExecution", "PPLJSON", "PPLModelCompiler",
      ],
      swiftSettings: settings
    ),

    // Tests; what several share lies in TestSupport.
    .target(
      name: "TestSupport",
      dependencies: ["PPLGraphIR", "PPLTensorCore"],
      path: "Tests/TestSupport",
      swiftSettings: settings
    ),
    // A worker process that goes wrong where it is told to.
    .executableTarget(
      name: "CalloutWorker",
      dependencies: ["PPLJSON"],
      path: "Tests/CalloutWorker",
      swiftSettings: settings
    ),
    tests("PPLSourceText"),
    tests("PPLSyntax", ["PPLSourceText"], files: ["Golden", "Models"]),
    tests("PPLTypeSystem"),
    tests(
      "PPLSemantics",
      ["PPLSourceText", "PPLSyntax", "PPLTypeSystem", "PPLDistributions", "PPLInference"],
      files: ["Golden"]
    ),
    tests("PPLTensorCore"),
    tests("PPLIntegration"),
    tests("PPLGraphIR", ["PPLTensorCore"]),
    tests(
      "PPLCallouts",
      [
        "CalloutWorker", "PPLAutodiff", "PPLExecution", "PPLGraphIR", "PPLNativeExecution",
        "PPLTensorCore", "TestSupport",
      ]
    ),
    tests(
      "PPLRewrites",
      ["PPLGraphIR", "PPLTensorCore", "PPLAutodiff", "PPLExecution"]
    ),
    tests("PPLAutodiff", ["PPLGraphIR", "PPLTensorCore", "PPLExecution", "TestSupport"]),
    tests("PPLExecution", ["PPLGraphIR", "PPLTensorCore"]),
    tests(
      "PPLNativeExecution",
      ["PPLGraphIR", "PPLTensorCore", "PPLAutodiff", "PPLExecution", "TestSupport"]
    ),
    tests(
      "PPLDistributions",
      ["PPLGraphIR", "PPLTensorCore", "PPLTypeSystem", "PPLAutodiff", "PPLExecution"]
    ),
    tests(
      "PPLFlows",
      [
        "PPLAutodiff", "PPLExecution", "PPLGraphIR", "PPLNativeExecution", "PPLTensorCore",
        "TestSupport",
      ]
    ),
    tests("PPLInference", ["PPLStorage", "PPLTensorCore", "PPLTypeSystem"]),
    tests(
      "PPLVariational",
      [
        "PPLExecution", "PPLFlows", "PPLGraphIR", "PPLInference", "PPLNativeExecution",
        "PPLTensorCore",
      ]
    ),
    tests(
      "PPLLikelihoodFree",
      ["PPLExecution", "PPLGraphIR", "PPLInference", "PPLTensorCore", "PPLTypeSystem"]
    ),
    tests("PPLTraining", ["PPLInference", "PPLTensorCore"]),
    tests("PPLPosteriorAnalysis"),
    tests("PPLJSON"),
    tests("PPLStorage", ["PPLJSON", "TestSupport"]),
    tests("PPLReporting", ["PPLJSON", "PPLPosteriorAnalysis"]),
    tests(
      "PPLModelCompiler",
      [
        "PPLSourceText", "PPLSyntax", "PPLTypeSystem", "PPLSemantics", "PPLTensorCore",
        "PPLGraphIR", "PPLRewrites", "PPLAutodiff", "PPLExecution", "PPLDistributions", "PPLJSON",
        "PPLInference", "PPLStorage",
      ],
      files: ["Numerics/layers.json", "Numerics/batchnorm.json"]
    ),
    tests(
      "PPL",
      [
        "CalloutWorker", "PPLDistributions", "PPLInference", "PPLJSON", "PPLModelCompiler",
        "PPLPosteriorAnalysis", "PPLReporting", "PPLSourceText", "PPLStorage", "PPLSyntax",
        "PPLTypeSystem", "TestSupport",
      ]
    ),
    tests(
      "PPLCommand",
      ["CLinux", "CalloutWorker", "PPL", "PPLJSON", "PPLStorage", "TestSupport"],
      files: ["Calibration", "Golden"]
    ),
    // What programs that import PPL see: the Swift of the pages and of documentation comments, and the tutorial's program.
    .executableTarget(
      name: "SwiftTutorial",
      dependencies: ["PPL"],
      path: "Examples/embedding/Sources/IceCream",
      packageAccess: false,
      swiftSettings: settings
    ),
    .testTarget(
      name: "PublicInterfaceTests",
      dependencies: ["PPL", "SwiftTutorial"],
      packageAccess: false,
      swiftSettings: settings
    ),
    .testTarget(
      name: "ExamplesTests",
      dependencies: [
        "PPL", "PPLExecution", "PPLNativeExecution", "PPLGraphIR", "PPLJSON", "PPLModelCompiler",
        "PPLPosteriorAnalysis",
        "PPLReporting", "PPLRewrites", "PPLTensorCore", "TestSupport",
      ],
      swiftSettings: settings
    ),
  ]
)
