// The functions behind the commands; commands.cpp has the tables that name them.
#pragma once

#include "compiler/driver/command.h"

namespace chasi::driver {

int runInit(const Invocation& invocation);
int runCheck(const Invocation& invocation);
int runFmt(const Invocation& invocation);
int runEval(const Invocation& invocation);
int runTest(const Invocation& invocation);
int runDiff(const Invocation& invocation);
int runRender(const Invocation& invocation);
int runPlan(const Invocation& invocation);
int runApply(const Invocation& invocation);
int runDestroy(const Invocation& invocation);
int runHistory(const Invocation& invocation);
int runRollback(const Invocation& invocation);
int runUnlock(const Invocation& invocation);
int runStatus(const Invocation& invocation);
int runDrift(const Invocation& invocation);
int runGraph(const Invocation& invocation);
int runExplain(const Invocation& invocation);
int runDoc(const Invocation& invocation);
int runImageBuild(const Invocation& invocation);
int runImagePin(const Invocation& invocation);
int runImageInspect(const Invocation& invocation);
int runImagePull(const Invocation& invocation);
int runImagePush(const Invocation& invocation);
int runImageCopy(const Invocation& invocation);
int runImageSave(const Invocation& invocation);
int runImageLoad(const Invocation& invocation);
int runImageUnpack(const Invocation& invocation);
int runImageLaunch(const Invocation& invocation);
int runImageVerify(const Invocation& invocation);
int runImageDiff(const Invocation& invocation);
int runImageAttest(const Invocation& invocation);
int runImageKeygen(const Invocation& invocation);
int runImageSign(const Invocation& invocation);
int runImageServe(const Invocation& invocation);
int runImageGarbage(const Invocation& invocation);
int runImageFind(const Invocation& invocation);
int runModAdd(const Invocation& invocation);
int runModUpdate(const Invocation& invocation);
int runModVendor(const Invocation& invocation);
int runModVerify(const Invocation& invocation);
int runModList(const Invocation& invocation);
int runModPack(const Invocation& invocation);
int runFix(const Invocation& invocation);
int runImport(const Invocation& invocation);
int runImportCrd(const Invocation& invocation);
int runImportOpenApi(const Invocation& invocation);
int runImportSchema(const Invocation& invocation);
int runImportVcluster(const Invocation& invocation);
int runImportKubefile(const Invocation& invocation);
int runRepl(const Invocation& invocation);
int runVclusterRender(const Invocation& invocation);
int runVclusterList(const Invocation& invocation);
int runVclusterKubeconfig(const Invocation& invocation);
int runVclusterPause(const Invocation& invocation);
int runVclusterResume(const Invocation& invocation);
int runVclusterSnapshot(const Invocation& invocation);
int runVclusterSnapshots(const Invocation& invocation);
int runVclusterRestore(const Invocation& invocation);
int runVclusterUpgrade(const Invocation& invocation);
int runLocalUp(const Invocation& invocation);
int runLocalDown(const Invocation& invocation);
int runLocalReset(const Invocation& invocation);
int runLocalKubeconfig(const Invocation& invocation);
int runLocalStatus(const Invocation& invocation);
int runLsp(const Invocation& invocation);
int runCompletion(const Invocation& invocation);
int runVersion(const Invocation& invocation);

/// Whether a word means an image of a registry, and not a folder.
bool isImageAddress(llvm::StringRef word);

} // namespace chasi::driver
