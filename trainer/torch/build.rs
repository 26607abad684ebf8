//! Library search path of the plugin, in this order: beside it (an unpacked archive), where images keep libtorch, and
//! where this build found it.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-link-arg=-Wl,-rpath,$ORIGIN/libtorch/torch/lib:/app/libtorch/torch/lib");
    // Set by torch-sys, of which this package is a direct dependent.
    if let Some(folder) = std::env::var_os("DEP_TCH_LIBTORCH_LIB") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{}", folder.to_string_lossy());
    }
}
