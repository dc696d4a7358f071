using System.Text;
using DistributedLocking.Tool.Commands;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
return await DlockCommand.InvokeAsync(args);
