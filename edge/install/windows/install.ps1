# Installs the edge box as a task that starts with Windows, as LOCAL SERVICE, restarted when it ends, with what Windows
# brings along. Run as administrator in the bundle's folder:
#   powershell -ExecutionPolicy Bypass -File edge\install\windows\install.ps1 -Env C:\ProgramData\Lockstep\edge.env
param(
  [Parameter(Mandatory = $true)][string]$Env,
  [string]$Data = "$env:ProgramData\Lockstep",
  [string]$Node = (Get-Command node -ErrorAction SilentlyContinue).Source,
  [string]$Task = "Lockstep edge"
)
$ErrorActionPreference = "Stop"
$box = (Resolve-Path "$PSScriptRoot\..\..\..").Path

if (-not $Node) { throw "Node.js 24 is not on the PATH: install it, or give -Node C:\path\node.exe" }
$major = [int]((& $Node --version) -replace '^v(\d+).*', '$1')
if ($major -lt 24) { throw "$Node is version $major, 24 or newer is needed" }
if (-not (Test-Path $Env)) { throw "$Env is missing: copy edge\install\edge.env.example there and fill it in" }

# The journal, the key and the settings are for the service and for administrators alone.
New-Item -ItemType Directory -Force "$Data\edge", "$Data\logs" | Out-Null
foreach ($path in $Data, $Env) {
  & icacls $path /inheritance:r /grant "*S-1-5-18:(OI)(CI)F" "*S-1-5-32-544:(OI)(CI)F" "*S-1-5-19:(OI)(CI)M" | Out-Null
  if ($LASTEXITCODE -ne 0) { throw "icacls $path failed" }
}

$run = "`$env:LOCKSTEP_EDGE_DATA = '$Data\edge'; `$env:LOCKSTEP_TLS_DIR = '$Data\tls'; Set-Location '$box'; " +
  "cmd /c `"`"$Node`" --disable-warning=ExperimentalWarning box.ts --env `"$Env`" 2>> `"$Data\logs\box.log`"`"; exit `$LASTEXITCODE"
$encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($run))
$action = New-ScheduledTaskAction -Execute "powershell.exe" -Argument "-NoProfile -NonInteractive -EncodedCommand $encoded"
$settings = New-ScheduledTaskSettingsSet -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -StartWhenAvailable `
  -ExecutionTimeLimit ([TimeSpan]::Zero) -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1) -MultipleInstances IgnoreNew
$who = New-ScheduledTaskPrincipal -UserId "S-1-5-19" -LogonType ServiceAccount -RunLevel Limited
Register-ScheduledTask -TaskName $Task -Action $action -Trigger (New-ScheduledTaskTrigger -AtStartup) -Settings $settings -Principal $who -Force | Out-Null
Start-ScheduledTask -TaskName $Task
Write-Host "started; in a few seconds: http://127.0.0.1:9003 (log: $Data\logs\box.log)"
Write-Host "remove with: Unregister-ScheduledTask -TaskName '$Task' (the data in $Data stays)"
